"""The privilege of root to open what its mode keeps from all: given up, as services do not have it.

In: nothing; it is called in a process of its own. Out: nothing; modes of files hold from then on.
"""

import ctypes
import os

_VERSION_3 = 0x20080522
_OVERRIDING = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by their numbers."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def obey_modes() -> None:
    if os.geteuid() != 0:
        return
    system = ctypes.CDLL(None, use_errno=True)
    header, data = _Header(_VERSION_3, 0), (_Data * 2)()
    assert system.capget(ctypes.byref(header), ctypes.byref(data)) == 0
    data[0].effective &= ~_OVERRIDING
    data[0].permitted &= ~_OVERRIDING
    assert system.capset(ctypes.byref(header), ctypes.byref(data)) == 0
