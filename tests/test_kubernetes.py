"""docs/kubernetes.yaml: what Kubernetes takes, with settings that there are."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # It has no types
import pytest
from ruamel.yaml import YAML

from kb.config import SECRETS, Settings
from tests.support.documentation import ROOT

OBJECTS: list[dict[str, Any]] = [
    *YAML(typ="safe").load_all((ROOT / "docs/kubernetes.yaml").read_text(encoding="utf-8"))
]
BY_KIND = {each["kind"]: each for each in OBJECTS}
POD = BY_KIND["Deployment"]["spec"]["template"]["spec"]
VERSIONS = ("1.30", "1.37")
"""The oldest that knows a pause before the end, and the newest whose schemas are had."""


@pytest.mark.parametrize("kind", BY_KIND)
@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_what_kubernetes_takes(kind: str, version: str) -> None:
    kubernetes_validate.validate(BY_KIND[kind], version, strict=True)


def test_a_name_that_kubernetes_does_not_know_is_told() -> None:
    wrong = {**BY_KIND["Service"], "spec": {**BY_KIND["Service"]["spec"], "selectors": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_the_service_is_told_settings_that_there_are() -> None:
    (container,) = POD["containers"]
    given = {variable["name"] for variable in container["env"]}
    assert given <= {f"KB_{name.upper()}" for name in Settings.model_fields}
    assert str(SECRETS) in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_all_of_it_is_about_the_same_pods() -> None:
    labels = BY_KIND["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert BY_KIND["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert BY_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert BY_KIND["Service"]["spec"]["selector"] == labels
    ((rule,),) = [rule["http"]["paths"] for rule in BY_KIND["Ingress"]["spec"]["rules"]]
    assert rule["backend"]["service"]["name"] == BY_KIND["Service"]["metadata"]["name"] != "kb"
