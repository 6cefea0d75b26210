"""What kind of answer a question asks for, read from its words."""

import re
from dataclasses import dataclass

# What people begin with who tell what they want instead of asking.
_DO = (
    "activate|add|allow|avoid|back up|block|build|cancel|change|check|clean|clear|close|compile|"
    "compress|configure|connect|convert|copy|create|debug|define|delete|deny|deploy|disable|"
    "download|drop|enable|encrypt|export|extend|find|fix|forbid|force|generate|get|give|hide|import|"
    "increase|insert|install|keep|limit|load|log|make|migrate|mount|move|open|prevent|protect|"
    "publish|put|receive|recover|redirect|reduce|register|remove|rename|replace|reset|restart|"
    "restore|restrict|rewrite|rotate|run|save|schedule|send|serve|set|share|show|shrink|speed up|"
    "split|start|stop|store|switch|sync|test|turn|undo|uninstall|unlock|update|upgrade|upload|use|"
    "verify|write"
)
_STEPS = re.compile(
    r"\bhow (?:do|can|to|should|could|would|might)\b|\bsteps?\b|\bprocedure\b|"
    rf"\bset(?:ting)? up\b|^(?:please )?(?:{_DO})\b|\b(?:i|we) (?:want|need|would like)\b|"
    r"^(?:want|need)s?\b",
    re.IGNORECASE,
)
_PROBLEM = re.compile(
    r"\b(?:errors?|exceptions?|fail(?:s|ed|ing|ure)?|warnings?|broken|crash(?:es|ed)?|hangs?|stuck|"
    r"refused|denied|forbidden|invalid|missing|lost|slow|forgot(?:ten)?|trouble|problem|unable|"
    r"full|what (?:can|should|do|must) (?:i|we) do|cannot|could not|(?:does|do|is|ca|wo)n['’]t|"
    r"(?:does|do|is|can|will) not|no longer|nothing (?:happens|changes)|"
    r"not (?:work\w*|found|allowed))\b|\w(?:Error|Exception)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:commands?|command[- ]line|cli|syntax|code|examples?|snippet|script|curl)\b",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\b(?:arguments?|parameters?|signature|syntax|usage|options?)\b", re.IGNORECASE
)
_ITEMS = re.compile(
    r"\b(?:which|what|list|name|all)\b(?: [\w-]+){0,3}? (?!(?:is|does|was|has|this)\b)\w+s\b|"
    r"\bwhat are\b|\bwhich\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|century|day|month|decade|time)\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|large|big|often|fast|high)\b|"
    r"\bwhat (?:percentage|number|percent|amount|distance|age)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_PLACE = re.compile(
    r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|location|town|region|continent|county|"
    r"nation|province|area|file|directory|folder)\b",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\bdefaults?\b|\b(?:max(?:imum)?|min(?:imum)?|largest|smallest)\b(?: [\w-]+){0,2} "
    r"(?:size|length|number|value|time)\b|\b(?:what|which) (?:port|value|versions?|size)\b|"
    r"\b(?:limit|maximum|minimum|timeout|size|length|price|cost) (?:of|for|on)\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"^(?:what|who) (?:is|are|was|were) (?:(?:a|an|the) )?[\w`'’./-]+(?: [\w`'’./-]+){0,2}\s*\?*$|"
    r"^define |^what (?:does|do|did) .* (?:do|mean|stand for)\s*\?*$|"
    r"^what (?:is|are) .* for\s*\?*$|"
    r"^what is the (?:purpose|meaning|point) of ",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\breleased?\b|\bnew\b|\bchange[sd]?\b|\bdeprecat|\bupgrad|\bremoved?\b|"
    r"\bsince\b|\bintroduced\b|\d\.\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wants:
    """``steps``: how to do something; ``problem``: what to do about something that is wrong;
    ``code``: a command or code; ``signature``: what something takes; ``items``: an enumeration;
    ``definition``: what something is; ``news``: what changed, or about a version; ``time``,
    ``number``, ``value``, ``person``, ``place``: one of those."""

    steps: bool
    problem: bool
    code: bool
    signature: bool
    items: bool
    definition: bool
    news: bool
    time: bool
    number: bool
    value: bool
    person: bool
    place: bool

    @property
    def remedy(self) -> bool:
        """Whether something to do is asked for."""
        return self.steps or self.problem

    @classmethod
    def of(cls, question: str) -> "Wants":
        """Read from the question's words; English only, others ask for nothing in particular."""
        steps = bool(_STEPS.search(question))
        value = bool(_VALUE.search(question))
        return cls(
            steps=steps,
            problem=bool(_PROBLEM.search(question)),
            code=bool(_CODE.search(question)),
            signature=bool(_SIGNATURE.search(question)),
            items=not steps and bool(_ITEMS.search(question)),
            definition=not value and bool(_DEFINITION.search(question.strip())),
            news=bool(_NEWS.search(question)),
            time=bool(_TIME.search(question)),
            number=bool(_NUMBER.search(question)),
            value=value,
            person=bool(_PERSON.search(question)),
            place=bool(_PLACE.search(question)),
        )
