"""The words and turns of phrase that a question is searched for. `rules.py` says which rule each one serves.

Matched on lower case with straight apostrophes. They describe kinds of sentence, not single examples, and
lean wide: a refused question costs nothing, as the bank has another; a label costs somebody their welcome.
"""

import re

AUXILIARY = (
    r"(?:is|isn't|are|aren't|am|was|wasn't|were|weren't|do|don't|does|doesn't|did|didn't|have|haven't|"
    r"has|hasn't|"
    r"had|hadn't|can|can't|cannot|could|couldn't|will|won't|would|wouldn't|shall|shan't|should|shouldn't|may|"
    r"might|must|mustn't|need|needn't|dare)"
)
NEGATED = (
    r"(?:don't|doesn't|didn't|isn't|aren't|wasn't|weren't|won't|wouldn't|shouldn't|couldn't|can't|"
    r"haven't|hasn't)"
)
WH = r"(?:what|how|why|where|who|whom|whose|which|when)"
SUBJECT = (
    r"(?:you|they|he|she|we|i|it|your|their|his|her|our|my|the|this|that|these|those|an?|each|both|"
    r"people|others?)"
)


def any_of(*turns: str) -> re.Pattern[str]:
    """One pattern out of several turns of phrase, each of whole words."""
    # One look behind for all of them: most places in a text are ruled out before any turn is tried.
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(rf'(?:{turn})' for turn in turns)})(?![\w-])")


def any_word(listed: str) -> re.Pattern[str]:
    return any_of(*listed.split())


# For a person, from either side. No label is neutral, so the system's own titles are here as well; and praise
# sums a person up as surely as blame does.
LABEL = any_word(
    r"""
    patients? service[-\s]users? users? carers? care-?givers? clients? customers? consumers? victims?
    survivors? sufferers? beneficiar(?:y|ies) recipients? vulnerable disabled disabilit(?:y|ies)
    disadvantaged marginalised deprived underserved needy frail elderly homeless addicts? addicted
    alcoholics? autistic minorit(?:y|ies) ethnic hard[-\s]to[-\s]reach seldom[-\s]heard non-compliant
    lived[-\s]experience experts?[-\s]by[-\s]experience lay[-\s](?:people|person|members?|voices?)
    (?:ordinary|normal)[-\s]people diagnos(?:is|es|ed) depress(?:ed|ion) trauma\w* ptsd psychosis
    psychotic schizo\w+ bipolar dementia mentally[-\s]ill mental[-\s](?:illness|health) symptoms? disorders?
    clinicians? doctors? nurses? managers? commissioners? professionals? practitioners? providers?
    bureaucrats? therapists? staff defensive resistant stubborn controlling passive dominant aggressive
    emotional irrational brave bravery courage courageous inspiring inspirational resilien(?:t|ce)
    selfless hero(?:es|ic)? arrogant lazy naive difficult[-\s](?:people|person|partners?)
    """
)

FEELING = any_word(
    r"""
    feelings? emotions? angry angrier anger\w* furious fury rage mad annoy\w* irritat\w* frustrat\w*
    resent\w* bitter\w* upset\w* hurt\w* sad sadness grief griev\w* sorrow lonel\w+ isolat\w* afraid
    fear\w* scar(?:ed|y) fright\w* anxi\w* worr(?:y|ied|ies|ying) nervous\w* stress\w* panic\w*
    terrif\w* overwhelm\w* asham\w* shame\w* guilt\w* embarrass\w* humiliat\w* proud\w* pride
    happ(?:y|i\w+) unhappy joy\w* delight\w* excit\w* thrill\w* enthusias\w* passion\w* hopeful
    hopeless\w* despair\w* desperat\w* helpless\w* powerless\w* comfortabl\w* uncomfortabl\w* uneas\w+
    exhaust\w* drained weary disappoint\w* betray\w* jealous\w* env(?:y|ied|ious) grateful gratitude
    thankful reliev\w* relief surpris\w* shock\w* confus\w+ disgust\w* contempt miserable dread\w* numb
    offended insult\w* patronis\w* loved? hate\w* disrespect\w* empathy vulnerab\w+
    """
)

JARGON = any_word(
    r"""
    co-?produc\w+ co-?design\w* stakeholders? learnings takeaways? leverag\w+ synerg\w+ empower\w*
    engagement deliverables? outcomes? pathways? workstreams? buy-in best[-\s]practices?
    going[-\s]forward strateg\w+ governance frameworks? holistic robust impactful touch[-\s]base
    deep[-\s]dive kpis? bandwidth transformation\w* upskill\w* capacity[-\s]building implement\w*
    utili[sz]\w+ optimi[sz]\w+ asset-based person-cent\w+ collaborat\w+ partnership[-\s]working
    psychological[-\s]safety paradigms? key[-\s](?:\w+ings?|messages?|themes?) lived[-\s]realit\w+
    agency positionality power[-\s]dynamics?
    """
)

LEADING = any_of(
    rf"(?:(?<=^)|(?<=[,.;:] ))(?:but |so |and |then )?{NEGATED} \w+",
    r"(?<=^)(?:so |and |but )?(?:do|would|could|can|did) (?:you|they) (?:not|agree|admit|accept)",
    rf"(?<=, ){AUXILIARY} (?:it|you|they|we|he|she|that|there)\W*$",
    r"(?<=, )(?:right|no|yes|yeah|eh|correct)\W*$",
    r"surely|obviously|of course|clearly|naturally|undoubtedly|no doubt|needless to say|after all",
    r"(?:everyone|everybody) (?:knows|agrees)|we all (?:know|agree)",
    r"(?<!far )as (?:we|you) (?:all )?know",
    r"you must (?:be|feel|have)|given that",
    r"how (?:great|wonderful|lovely|lucky|vital|good|terrible|awful) (?:it|that|is|was|to)",
)

_HELP = (
    r"(?:support|help|include|involve|enable|encourage|empower|improve|build|strengthen|fix|overcome|ensure)"
)
_START = r"(?:(?<=^)|(?<=[.;,:!?] )|(?<=maybe )|(?<=perhaps ))"
ADVICE = any_of(
    r"(?:have|had) you (?:ever )?(?:tried|considered|thought (?:of|about))",
    r"why (?:not|don't you|don't we)",
    r"what if you",
    r"(?:how|what) about (?:you|if|\w+ing)",
    r"would it (?:not )?(?:help|be (?:better|good|useful|worth))",
    rf"{_START}you (?:should|ought to|must|need to|have to|could|might want|may want|had better|can always)",
    r"(?:think|feel) you (?:should|ought to|could)",
    r"could you (?:try|ask|talk to|speak to|just)",
    r"(?:it|that) (?:might|may|could|can|would) (?:also )?help",
    r"i(?:'d| would)? (?:suggest|recommend|advise)",
    rf"{_START}(?:try|remember to|make sure|be sure|don't forget)",
    r"what (?:should|ought) (?:you|we)",
    r"what (?:can|could|might|should) (?:your partner|they|he|she) do to",
    r"(?:in order )?to (?:improve|build|strengthen|develop|foster|grow) \w+",
    r"what (?:steps|actions?) (?:will|can|could|would)|(?:will|would) you commit",
    r"(?:can|could|might) (?:you )?do (?:differently|better)",
    rf"(?:how|what) (?:can|could|might|should) (?:you|we) (?:do )?(?:to )?(?:(?:better|best|more|"
    rf"also) \w+|{_HELP})",
)

THERAPY = any_of(
    r"ma(?:k|d)es? you feel|make you feel|what (?:do|did|does|would) (?:you|it|that) feel",
    r"how (?:do|did|does|are|were|have|would) (?:\w+ )?(?:you |that |it |this )?(?:been )?feel(?:ing)?",
    r"where in your body",
    r"sit(?:ting)? with (?:that|it|this|those)",
    r"unpack|(?:hold|holding) space|safe space|inner (?:child|critic|voice)|comes? up for you",
    r"process (?:that|this|your|it)",
    r"heal(?:ing|ed)?|(?:your|the|this) journey|self-?care|kind to yourself|underneath|tune in",
    r"i(?:'m| am) hearing|sounds like|growth|boundaries|closure",
)

WHAT_MATTERS = re.compile(
    r"\bwhy\b[^.?!]*\b(?:matter(?:s|ed)?|important|counts?|care|cared|worth|means?|meant)\b"
)
WHY_NOT = any_of(rf"why (?:{NEGATED}|(?:did|do|have|are|were|would) you not)")
BLAME = any_of(
    r"how (?:could|dare|come) you(?! (?:tell|see|know)\b)",
    r"wh(?:o|ose) (?:is|was) (?:to blame|the fault)|whose fault|to blame|your fault",
    r"what were you thinking|wrong with you|you do(?:ne)? wrong|what(?:'s| is| was) stopping you",
    r"(?:your|the) (?:reason|excuse) (?:for not|you (?:did|do|have|were|are)(?: not|n't))",
    r"your? (?:\w+ )?fail(?:ed|ure|ing)?",
)

ORDER = any_of(
    r"(?<=^)(?:please |just |now )*(?:tell|share|describe|explain|list|write|reflect|identify|give|"
    r"talk|discuss|"
    r"consider|outline|summarise|elaborate|say|name|rate|show|admit|be honest)"
)
CODA = any_of(r"(?<=^)(?:name|say|give|quote|start|begin|stay)")

PRESUMES = any_of(
    r"(?:times?|moments?|occasions?|days?|situations?) (?:when |that |where |in which )?you (?:have |last )?"
    r"(?:felt|feel|experienced|struggled|suffered|failed|succeeded)",
    r"when did you (?:first |last )?(?:stop|start|begin|feel)",
    r"what made you (?:so|feel)",
    r"how long have you been",
    r"you (?:clearly |still )?(?:struggle|suffer)",
)

_IDEA = (
    r"(?:thoughts?|feelings?|goals?|hopes?|reflections?|challenges?|strengths?|weaknesses|values|"
    r"expectations|"
    r"priorities|insights?|lessons?|learnings?|takeaways?)"
)
_NOTION = r"(?:success|leadership|trust|power|good|sharing|equality|partnership|respect)"
ANYBODY = re.compile(
    r"^(?:and |so )?(?:"
    r"what (?:has |have |is |are )?(?:went|gone|going|worked|working) (?:well|badly|wrong)\b|"
    rf"what (?:is|are|were|was) your (?:[\w']+ ){{0,2}}?{_IDEA}\b|"
    r"what did you (?:learn|enjoy|like)(?: (?:today|most|from (?:this|it|that)))?\?|"
    r"what have you learn(?:ed|t)(?: (?:today|so far|from (?:this|it|that)))?\?|"
    r"how (?:was|is|are|did|has) (?:your|the|things?|it|you|everything)(?: [\w']+)?(?: (?:go|going|been))?\?|"
    rf"what does {_NOTION}(?: [\w']+)? (?:look like|mean)\b|"
    rf"how (?:do|would) you (?:define|see|describe|feel about) (?:{_NOTION}|your (?:partner|"
    rf"relationship|role))\b|"
    r"what (?:would|will|could) you do differently\b|"
    r"what (?:would|do) you (?:like|want|hope) to (?:achieve|learn|gain|change)\?|"
    r"what(?:'s| is) your (?:take|view|opinion|feeling|sense)\b|"
    r"what have you (?:learned|learnt) about (?:yourself|leadership|your partner|each other)\b|"
    r"what do you (?:think|want|need)\?)"
)

ONE_SIDED = any_of(
    r"your (?:\w+ )?(?:patients?|organi[sz]ations?|employers?|boss|managers?|teams?|staff|wards?|"
    r"clinics?|services?|"
    r"departments?|salary|caseload|budgets?|profession|condition|illness|treatment|care|diagnosis|recovery|"
    r"carers?|doctors?|nurses?|clinicians?)",
    r"your (?:lived )?experience of (?:using|care|services)|your lived experience|your \w+ leaders?",
    r"as an? (?:patient|carer|professional|clinician|manager|nurse|doctor|service user|user)",
    r"(?:when|before|since) you (?:were|are|became|become) (?:ill|unwell|treated|in hospital|employed|"
    r"appointed)",
    r"(?:people|those) you (?:treat|manage|care for|look after|serve)",
)

OUT_OF_VOICE = re.compile(
    r"!|[\U0001F300-\U0001FAFF\u2600-\u27BF]|"
    r"^(?:great|good|wow|lovely|thanks?|amazing|awesome|i see|i hear|sorry|i'm sorry|"
    r"(?:that|it|this) (?:must|sounds|seems))\b|"
    r"\bthank you\b|\bthanks for\b|\bwell done\b|\bi understand\b"
)
