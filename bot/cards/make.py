"""`make`: the card for a post, from what its reader may see now. The one place that knows all the cards."""

from typing import assert_never

from bot.cards import (
    asking,
    call,
    digest,
    joining,
    keeping,
    keepsake,
    opening,
    reflections,
    sharing,
    standing,
)
from bot.cards.live import desk
from bot.messages import Card, CardKind
from bot.rows import Prompts
from bot.view import MemberView, Post


def make(post: Post, view: MemberView, prompts: Prompts) -> Card | None:
    """The card, or None if there is nothing to say any more."""
    at = desk(post, view, prompts)
    match post.kind:
        case CardKind.HELLO:
            return joining.hello(at)
        case CardKind.TERMS:
            return joining.terms(at)
        case CardKind.YOUR_WORDS:
            return joining.your_words(at)
        case CardKind.CHALLENGE:
            return joining.challenge(at)
        case CardKind.READY:
            return joining.ready(at)
        case CardKind.BEFORE_CONSENT:
            return joining.before_consent(at)
        case CardKind.QUESTION:
            return asking.question(at)
        case CardKind.WHY:
            return asking.why(at)
        case CardKind.KEPT:
            return asking.kept(at)
        case CardKind.FOLLOW_UP:
            return asking.follow_up(at)
        case CardKind.NUDGE:
            return asking.nudge(at)
        case CardKind.LESS_OFTEN:
            return asking.less_often(at)
        case CardKind.NOT_NOW:
            return asking.not_now(at)
        case CardKind.WHO_SEES:
            return sharing.who_sees(at)
        case CardKind.WAITING:
            return sharing.waiting(at)
        case CardKind.OPENED:
            return opening.opened(at)
        case CardKind.NOT_OPENED:
            return opening.not_opened(at)
        case CardKind.TURN:
            return opening.turn(at)
        case CardKind.TURN_ANSWER:
            return opening.turn_answer(at)
        case CardKind.CARE:
            return standing.care(at)
        case CardKind.HELP:
            return standing.help_(at)
        case CardKind.PAUSED:
            return standing.paused(at)
        case CardKind.STOPPED:
            return standing.stopped(at)
        case CardKind.WITHDRAWN:
            return standing.withdrawn(at)
        case CardKind.STARTED:
            return standing.started(at)
        case CardKind.START_AGAIN:
            return standing.start_again(at)
        case CardKind.DIGEST:
            return digest.digest(post.subject)
        case CardKind.HELD_BACK:
            return digest.held_back(at)
        case CardKind.FATE:
            return digest.fate(at)
        case CardKind.REFLECTION:
            return reflections.reflection(at)
        case CardKind.LEFT:
            return standing.left(at)
        case CardKind.PARTNER_LEFT:
            return standing.partner_left(at)
        case CardKind.CALL:
            return call.call(at)
        case CardKind.WILL_CALL | CardKind.CANNOT_CALL:
            return call.answered(at)
        case CardKind.CALL_WANTED:
            return call.wanted(post.subject)
        case CardKind.DELETION_AHEAD:
            return keeping.deletion_ahead(at)
        case CardKind.DELETED:
            return keeping.deleted(at)
        case CardKind.ALONE_OFFER:
            return standing.alone_offer(at)
        case CardKind.ALONE:
            return standing.alone(at)
        case CardKind.NEW_PARTNER:
            return standing.new_partner(at)
        case CardKind.KEEPSAKE:
            return keepsake.ending(at)
        case CardKind.WAY_IN | CardKind.INVITATION | CardKind.COPY:
            return None
        case CardKind.AFRESH | CardKind.TEAM | CardKind.ANNOUNCED:
            return None
        case _:
            assert_never(post.kind)
