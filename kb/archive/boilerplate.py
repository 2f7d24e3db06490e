"""What a site puts around and into its articles: elements that are no part of any text.

In: the root of an HTML page. Out: whether an element is left out with everything in it: hidden
elements, captions, scripts, share buttons, and the site's own header and footer. Pure: no I/O.
"""

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

ELEMENTS = frozenset({"aside", "button", "canvas", "datalist", "dialog", "figcaption", "figure"})
ELEMENTS |= {
    "form",
    "head",
    "iframe",
    "nav",
    "noscript",
    "object",
    "script",
    "select",
    "style",
    "svg",
}
ELEMENTS |= {"svg", "template", "textarea", "audio", "video"}
_ROLES = frozenset({"banner", "complementary", "contentinfo", "navigation", "search"})
_CAPTIONS = frozenset({"wp-caption", "wp-caption-text", "wp-caption-dd", "wp-element-caption"})
_CAPTIONS |= {"caption", "gallery-caption", "image-caption", "photo-caption", "media-caption"}
_UNSEEN = frozenset({"screen-reader-text", "sr-only", "visually-hidden", "assistive-text"})
# As WordPress and its common plugins name them.
_SHARING = frozenset({"sharedaddy", "sd-sharing", "sd-like", "jp-relatedposts", "jp-post-flair"})
_SHARING |= {"addtoany_share_save_container", "addtoany_content", "a2a_kit", "addthis_toolbox"}
_SHARING |= {"heateor_sss_sharing_container", "essb_links", "mashsb-container", "ssba"}
_SHARING |= {"shareaholic-canvas", "sharethis-inline-share-buttons", "simplesocialbuttons"}
_SHARING |= {"share-bar", "sharebar", "share-buttons", "share-links", "share-this", "sharing"}
_SHARING |= {"sharing-buttons", "social-buttons", "social-icons", "social-links", "social-share"}
_SHARING |= {"social-sharing", "article-share", "entry-share", "post-share"}
_CLASSES = _CAPTIONS | _UNSEEN | _SHARING
_UNSEEN_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.I
)
# A script may have hidden these until the page was there.
_WHOLE = frozenset({"html", "body"})
_MOST_ELEMENTS = 200


class Boilerplate:
    """The elements of one page that are no part of its texts; `skipped` are more of them."""

    def __init__(
        self, root: etree._Element, skipped: frozenset[etree._Element] = frozenset()
    ) -> None:
        self._skipped = skipped
        self._headed = {*_ancestors(root, "h2", "h3", "h4", "h5", "h6")}
        self._texts = {*_ancestors(root, "h1", "h2", "article")}

    def has(self, element: etree._Element) -> bool:
        """Whether it is left out.

        A `<header>` or `<footer>` is the site's unless it is an article's, or holds its headline.
        """
        if element in self._skipped:
            return True
        if element.tag in ("header", "footer"):
            in_article = next(element.iterancestors("article"), None) is not None
            return _is_unseen(element) or not (in_article or element in self._headed)
        if element.tag in ELEMENTS or element.get("role") in _ROLES or _is_unseen(element):
            return True
        return self._is_extra(element)

    def _is_extra(self, element: etree._Element) -> bool:
        """Whether its class says so; a large element is kept, since it may be an unclosed one."""
        classes = {*(element.get("class") or "").lower().split()}
        if not classes & _CLASSES or element.tag in _WHOLE or element in self._texts:
            return False
        return next(islice(element.iter(), _MOST_ELEMENTS, None), None) is None


def _ancestors(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """All ancestors of elements with these tags, each once."""
    seen: set[etree._Element] = set()
    for element in root.iter(*tags):
        for ancestor in element.iterancestors():
            if ancestor in seen:
                break
            seen.add(ancestor)
            yield ancestor


def _is_unseen(element: etree._Element) -> bool:
    if element.tag in _WHOLE:
        return False
    if element.get("hidden") is not None or element.get("aria-hidden", "").lower() == "true":
        return True
    return _UNSEEN_STYLE.search(element.get("style") or "") is not None
