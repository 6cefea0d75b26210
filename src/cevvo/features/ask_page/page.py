"""The HTML of an ask page. No script and nothing from elsewhere: it works without either."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from cevvo.domain.widget_settings import WidgetSettings
from cevvo.features.conversations.repository import Message
from cevvo.features.widget.texts import direction_of, texts_in

_STYLE = """
:root{color-scheme:light dark;--line:light-dark(#e4e4e0,#35373c);--dim:light-dark(#5a5c62,#aeb0b7);
--soft:light-dark(#f5f5f2,#232428);--paper:light-dark(#fff,#17181a);--ink:light-dark(#1b1c1f,#eee);
--link:light-dark(#1d4fd7,#9db8ff);--wash:light-dark(#fcf3ae,#4a4414)}
*{box-sizing:border-box}body{margin:0 auto;max-width:44rem;padding:3.5rem 1.25rem 6rem;
font:17px/1.6 system-ui,sans-serif;background:var(--paper);color:var(--ink);overflow-wrap:anywhere}
h1{font-size:2rem;line-height:1.2;letter-spacing:-.025em;margin:0 0 .5rem;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.015em;margin:3rem 0 1rem}
h3{font-size:1rem;margin:1.25rem 0 0}.dim{color:var(--dim);margin:.25rem 0}a{color:var(--link)}
form{margin:2rem 0}label{display:block;font-weight:600;margin-bottom:.4rem}
textarea{width:100%;font:inherit;padding:.7rem .85rem;border:1px solid var(--dim);
border-radius:12px;background:var(--paper);color:var(--ink);resize:vertical;display:block}
button{margin-top:.75rem;font:inherit;font-weight:500;min-height:2.75rem;padding:.4rem 1.4rem;
border:1px solid transparent;border-radius:10px;background:var(--ink);color:var(--paper);
cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.mark{display:inline-block;padding:0 .45em;margin:0 .1em;border-radius:6px;background:var(--soft);
font-size:.75em;font-weight:600;text-decoration:none}
ol.sources{list-style:none;margin:0;padding:0;font-size:.94rem}
ol.sources li{border:1px solid var(--line);border-radius:12px;padding:.65rem .9rem;margin:.5rem 0}
ol.sources li:target{border-color:var(--link)}blockquote{margin:.5rem 0 0;padding:.5rem .75rem;
border-radius:8px;background:var(--soft);font-size:.94em}
li:target blockquote{background:var(--wash)}
.problem{border:1px solid;border-radius:12px;padding:.75rem 1rem;margin-top:2rem}
pre{overflow:auto;background:var(--soft);padding:.9rem 1rem;border-radius:8px;font-size:.85rem;
direction:ltr}code{font-size:.9em}table{border-collapse:collapse;display:block;overflow:auto}
td,th{border-bottom:1px solid var(--line);padding:.35rem 1rem .35rem 0;text-align:start;
vertical-align:top}
@media(max-width:480px){body{padding-top:2rem;font-size:16px}h1{font-size:1.6rem}}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
LONGEST = 8000
"""Characters of a question, as the API takes them."""
_SAFE = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: the messages of a thread, what is in the field, and what went wrong.

    ``token`` and ``thread`` come back with the next question, in its body.
    """

    messages: Sequence[Message] = ()
    question: str = ""
    problem: str | None = None
    token: str = ""
    thread: str = ""


def ask_page(settings: WidgetSettings, language: str, shown: Shown) -> str:
    """The whole page, in a language that there are texts in."""
    texts = texts_in(settings, language)
    title = escape(texts["title"])
    indexed = settings.ask_page_indexed and not shown.messages
    robots = "" if indexed else '<meta name="robots" content="noindex">'
    again = texts["ask_another"] if shown.messages else texts["placeholder"]
    problem = (
        f'<p class="problem" role="alert">{escape(shown.problem)}</p>' if shown.problem else ""
    )
    return (
        f'<!doctype html><html lang="{escape(language)}" dir="{direction_of(language)}">'
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        f'initial-scale=1">{robots}<title>{title}</title><style>{_STYLE}</style></head>'
        f'<body><main><h1>{title}</h1><p class="dim">{escape(texts["greeting"])}</p>'
        f"{_thread(settings, texts, shown.messages)}{problem}"
        f'<form method="post"><label for="question">{escape(again)}</label>'
        f'<textarea id="question" name="question" rows="3" required maxlength="{LONGEST}" '
        f'dir="auto"{"" if shown.messages else " autofocus"}>{escape(shown.question)}</textarea>'
        f'<input type="hidden" name="visitor" value="{escape(shown.token)}">'
        f'<input type="hidden" name="thread" value="{escape(shown.thread)}">'
        f"<button>{escape(texts['send'])}</button></form>"
        f'<p class="dim">{escape(texts["notice"])}</p></main></body></html>'
    )


def no_such_page() -> str:
    """What stands at an address that no workspace has."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" '
        f'content="noindex"><title>Not found</title><style>{_STYLE}</style></head>'
        "<body><main><h1>There is no page here</h1>"
        "<p>Check the address for a slip of the pen.</p></main></body></html>"
    )


def _thread(settings: WidgetSettings, texts: Mapping[str, str], messages: Sequence[Message]) -> str:
    parts = []
    for number, message in enumerate(messages):
        if message.role == "user":
            parts.append(f'<h2 dir="auto">{escape(message.content)}</h2>')
        else:
            parts.append(_answer(texts, message, f"source-{number}-"))
    last = messages[-1] if messages else None
    if last is not None and settings.contact_email and (not last.answered or last.handover):
        email = escape(settings.contact_email)
        words = escape(texts["email"]).replace("{email}", email)
        person = escape(texts["person_title"])
        parts.append(f'<p>{person} <a href="mailto:{email}">{words}</a></p>')
    return "".join(parts)


def _answer(texts: Mapping[str, str], message: Message, prefix: str) -> str:
    # Sixty modules, which a server without such a page does not need.
    from cevvo.providers.parsing.commonmark import answer_html

    body = answer_html(message.content, len(message.sources), prefix)
    if not message.sources:
        return f'<div dir="auto">{body}</div>'
    items = []
    for number, source in enumerate(message.sources, start=1):
        quotes = [each for each in message.citations if each.source == number]
        address = next((each.url for each in quotes if each.url), source.url)
        name = escape(source.title)
        if address and _SAFE.match(address):
            name = f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{name}</a>'
        quoted = "".join(
            f'<blockquote dir="auto">{escape(each.quote)}</blockquote>' for each in quotes
        )
        mark = f'<span class="mark">{number}</span>'
        items.append(
            f'<li id="{prefix}{number}">{mark} <span dir="auto">{name}</span>{quoted}</li>'
        )
    heading = escape(texts["sources"])
    return (
        f'<div dir="auto">{body}</div><h3>{heading}</h3><ol class="sources">{"".join(items)}</ol>'
    )
