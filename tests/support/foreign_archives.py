"""Made-up archives of others in their own forms: Popolo, WordPress, RSS.

In: nothing. Out: texts, or what JSON makes of them.
"""

import json
from pathlib import Path

PEOPLE = {
    "organizations": [
        {"id": "org/1", "name": "Assembly", "classification": "legislature"},
        {"id": "org/2", "name": "Greens", "other_names": [{"name": "The Green List"}]},
    ],
    "persons": [
        {"id": "p/1", "name": "Ada", "other_names": [{"name": "A."}, {"name": "Adele"}]},
        {"id": "p/2", "name": "Bo"},
    ],
    "posts": [{"id": "s/1", "label": "Speaker", "organization_id": "org/1"}],
    "memberships": [
        {"person_id": "p/1", "post_id": "s/1", "start_date": "2001-02", "end_date": "2003-04-05"},
        {"person_id": "p/2", "organization_id": "org/2", "role": "Whip", "start_date": "2002"},
        {"person_id": "p/2", "organization_id": "org/1", "start_date": "2001", "end_date": "2005"},
    ],
}

_SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"'
)


def _post(number: int, kind: str, status: str) -> str:
    return f"""<item><title>News &amp; views</title><link>https://herald.example/?p={number}</link>
    <dc:creator><![CDATA[ada]]></dc:creator>
    <content:encoded><![CDATA[First &amp; foremost.\n\nSecond.]]></content:encoded>
    <wp:post_id>{number}</wp:post_id><wp:post_date>2005-03-04 05:06:07</wp:post_date>
    <wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status></item>"""


WXR = f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {_SPACES}><channel>
<title>Herald</title>{_post(7, "post", "publish")}{_post(8, "page", "publish")}
{_post(9, "post", "draft")}</channel></rss>"""
RSS = """<rss version="2.0"><channel><title>The Post</title><image><title>Logo</title></image>
<item><title>News &amp; views</title><link>https://herald.example/7</link>
<pubDate>Fri, 04 Mar 2005 05:06:07 +0000</pubDate></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<title type="html">Goats &amp;amp; &lt;i&gt;sheep&lt;/i&gt;</title><link href="https://herald.example/"/>
<author><name>Nobody</name></author>
<entry><title type="html">One &amp;lt;2&amp;gt; &amp;amp; more</title><id>urn:1</id>
<link rel="enclosure" href="https://herald.example/1.mp3"/><link href="https://herald.example/1"/>
<author><name>Ada</name><email>ada@herald.example</email></author>
<updated>2006-01-01T00:00:00Z</updated><published>2005-03-04T05:06:07+01:00</published>
<content type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml">
<x:p>First &amp; <x:b>fore</x:b>most.
</x:p><x:p>Second.</x:p></x:div></content></entry>
<entry><title>Two &lt;3</title><link rel="alternate" href="https://herald.example/2"/>
<published>2005-03-05T05:06:07Z</published><content>1 &lt; 2</content></entry></feed>"""
REST = {
    "id": 9,
    "date": "2005-03-06T05:06:07",
    "type": "post",
    "status": "publish",
    "link": "https://herald.example/9",
    "title": {"rendered": "News &amp; views"},
    "content": {"rendered": "<p>A single <em>one</em>.</p>\n"},
}


def write_archives(folder: Path) -> None:
    """Under the names that docs/importing.md gives them."""
    second = REST | {"id": 10, "link": "https://herald.example/10"}
    texts = {
        "people.json": json.dumps(PEOPLE),
        "export.xml": WXR,
        "feed.xml": RSS,
        "posts-1.json": json.dumps([REST]),
        "posts-2.json": json.dumps([second]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
