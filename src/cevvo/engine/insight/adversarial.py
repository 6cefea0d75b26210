"""Messages that try to turn an assistant against its owner, told by their wording.

They are no gap: no article would answer them. Only orders to the assistant count, so that a
question about prompts, system messages or jailbreaks is one. What is taken for an attack is still
answered like anything else; this decides nothing but what an owner is shown as missing.
"""

import re

_RULES = (
    r"(?:instruction|rule|prompt|guideline|restriction|direction|command|order|message|filter"
    r"|polic(?:y|ie)|constraint|training|programming)s?"
)
_YOURS = (
    r"(?:(?:all|any|every|of|the|your|these|those|previous|prior|above|earlier|preceding|initial"
    r"|original|system|hidden|secret|internal|safety|content|ethical|developer|former|foregoing"
    r"|other|old|entire|full|whole|exact|complete)\s+){1,8}"
)
_TELL = (
    r"\b(?:reveal|repeat|print|output|show|display|recite|leak|dump|disclose|give|tell|write out"
    r"|return|expose|share|spell out|summari[sz]e|translate|encode)\b"
)
_HIDDEN = r"(?:hidden|secret|internal|initial|original|system|developer|confidential|raw)"
_FREE = (
    r"(?:DAN|jailbroken|unrestricted|unfiltered|uncensored|evil|rogue|without\s+(?:any\s+)?"
    r"(?:\w+\s+)?(?:restrictions|rules|limits|filters|morals|ethics))"
)
_ORDERS = (
    # Forget what you were told.
    rf"\b(?:ignore|disregard|forget|override|bypass|drop|skip|discard|neglect)\s+{_YOURS}{_RULES}\b",
    r"\b(?:ignore|disregard|forget)\s+(?:the\s+above|(?:everything|all|anything|whatever)\b.{0,40}"
    r"\b(?:above|before|told|said|so far|until now|previously|earlier))\b",
    rf"\bdo\s+not\s+(?:follow|obey|apply)\s+(?:your|any|the|these)\s+(?:\w+\s+){{0,2}}{_RULES}\b",
    rf"\b(?:previous|prior|earlier|your)\s+(?:\w+\s+)?{_RULES}\s+(?:are|is)\s+(?:now\s+)?"
    r"(?:void|cancelled|canceled|obsolete|revoked|no\s+longer)\b",
    rf"\bwithout\s+following\s+(?:any|your|the)\s+{_RULES}\b",
    # Tell what you were told.
    rf"{_TELL}.{{0,30}}\byour\s+(?:\w+\s+){{0,2}}(?:prompt|instructions)\b",
    rf"{_TELL}\s+(?:me\s+|us\s+)?(?:the\s+)?{_HIDDEN}\s+(?:\w+\s+)?(?:prompt|instructions)\b",
    r"\b(?:repeat|print|output|copy|recite|write)\s+(?:me\s+)?(?:all\s+|everything\s+|the\s+)?"
    r"(?:of\s+)?(?:the\s+)?(?:words|text|everything|lines|messages?|content)?\s*"
    r"(?:that\s+(?:is|are|comes?|was)\s+)?(?:above\s+this|above\s+starting|before\s+this)\b",
    r"\b(?:instructions|rules|prompt)\s+(?:that\s+)?(?:you\s+were|your\s+(?:developer|owner|maker)s?)"
    r"\s+(?:\w+\s+)?(?:given|gave|told)\b",
    # Be somebody else.
    r"\b(?:you\s+are|you're|act|behave|respond|answer|pretend|roleplay|role-play)\s+"
    r"(?:now\s+|from\s+now\s+on\s+|going\s+to\s+be\s+|as\s+|to\s+be\s+|as\s+if\s+you\s+(?:are|were)"
    rf"\s+)*(?:an?\s+|the\s+)?(?:\w+\s+){{0,2}}{_FREE}\b",
    r"\b(?:pretend|imagine|assume|act\s+as\s+(?:if|though))\b.{0,40}\b(?:you\s+have\s+no|there\s+"
    r"are\s+no|without\s+any|free\s+of(?:\s+all)?|not\s+bound\s+by)\s+(?:\w+\s+){0,2}"
    r"(?:restrictions|rules|limits|limitations|filters|guidelines|policies)\b",
    r"\b(?:enter|enable|activate|switch\s+(?:in)?to|turn\s+on|you\s+are\s+(?:now\s+)?in)\s+"
    r"(?:the\s+|your\s+)?(?:DAN|jailbreak|god|unrestricted|do[ -]anything[ -]now|sudo)\s*-?\s*mode"
    r"\b",
    r"\bdo\s+anything\s+now\b|\bjailbreak\s+mode\s+on\b",
)
# A question about the assistant's own rules, and parts of a prompt that only a machine writes: they
# tell whatever stands before them.
_ANYWHERE = (
    rf"\bwhat\s+(?:is|are|was|were|does)\s+your\s+(?:(?:own|full|exact|{_HIDDEN})\s+){{1,3}}"
    r"(?:prompt|instructions|message)s?\b",
    r"<\|(?:im_start|im_end|system|endoftext|eot_id)\|>|\[/?INST\]|<<SYS>>",
    r"^[ \t]{0,8}#{0,3} ?(?:new|updated|real|true)\s+(?:system\s+)?instructions?\s?:",
    r"^[ \t]{0,8}(?:system|assistant|developer)(?: prompt| message| override)? ?: ?\S",
)


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(joined, re.IGNORECASE | re.MULTILINE)


_ORDER, _TELLTALE = _compiled(_ORDERS), _compiled(_ANYWHERE)
# Who begins so asks how something is done, and gives no order.
_ASKS = re.compile(
    r"\s*(?:how|why|where|when|which|who|is|are|does|do\s+(?:i|we|you|they)|did|can\s+(?:i|we|an?|my)"
    r"|could\s+(?:i|we)|should|may\s+i|what\s+(?:happens|does|is\s+an?|are\s+the|if))\b",
    re.IGNORECASE,
)
_LOOKED_AT = 4000  # characters of a message


def is_adversarial(message: str) -> bool:
    """Whether a message gives the assistant orders against its own: to drop its instructions, to
    reveal them, or to be another. Precision first; in English."""
    text = message[:_LOOKED_AT]
    if _TELLTALE.search(text):
        return True
    return _ASKS.match(text) is None and _ORDER.search(text) is not None
