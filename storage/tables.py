"""The tables. Each that is about somebody carries its tenant in its key, and every reference carries it too.

Words stand in one table, encrypted; everything that decides who may read them is a plain column elsewhere.
PostgreSQL fences each tenant's rows by itself, too, but for five tables that hold no words and are asked before
a tenant is known: `accounts`, `claims`, `links`, `sessions` and the `outbox`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware UTC instant on both databases; a naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


def _id(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=null, primary_key=key)


def _key(*extra: Column[Any]) -> list[Column[Any]]:
    return [_id("tenant_id", key=True), _id("id", key=True), *extra]


def _to(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


tenants = Table("tenants", metadata, _id("id", key=True), Column("name", Text, nullable=False))

programmes = Table(
    "programmes",
    metadata,
    *_key(),
    Column("title", Text, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("ask_weekday", Integer, nullable=False),
    Column("ask_time", Time, nullable=False),
    Column("open_days", Integer, nullable=False),
    Column("open_time", Time, nullable=False),
    Column("digest_weekday", Integer, nullable=False),
    Column("digest_time", Time, nullable=False),
    Column("digest_from", Utc, nullable=False),
    Column("digest_at", Utc, nullable=True),
    Column("retention_months", Integer, nullable=False),
    Column("contact", Text, nullable=False),
    Column("deletion_at", Utc, nullable=False),
    Column("deletion_due_at", Utc, nullable=False),
    Column("deletion_before", Utc, nullable=True),
    Column("hours_start", Time, nullable=False),
    Column("hours_end", Time, nullable=False),
    Column("holidays", String(16), nullable=False),
    Column("words_by_mail", Boolean, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
    CheckConstraint("retention_months BETWEEN 1 AND 120", name="retention"),
)
Index(None, programmes.c.digest_at)
Index(None, programmes.c.deletion_due_at)

modules = Table(
    "modules",
    metadata,
    *_key(),
    _id("programme_id"),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("theme", String(64), nullable=False),
    Column("starts_on", Date, nullable=False),
    _to("programmes", "programme_id"),
    UniqueConstraint("tenant_id", "programme_id", "number"),
)

people = Table(
    "people",
    metadata,
    *_key(),
    _id("programme_id"),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("hours_start", Time, nullable=False),
    Column("hours_end", Time, nullable=False),
    Column("email", String(254), nullable=True),
    Column("notices", Boolean, nullable=False),
    # What they chose themselves, if they did: a round's opening is planned from what they were set up with.
    Column("own_zone", String(64), nullable=True),
    Column("own_start", Time, nullable=True),
    Column("own_end", Time, nullable=True),
    _id("words_id", null=True),
    # A chat that reaches them no more: "one", their account alone, or "everybody" of its workspace; and since when.
    Column("lost_chat", String(16), nullable=True),
    Column("lost_at", Utc, nullable=True),
    _to("programmes", "programme_id"),
    CheckConstraint("hours_start < hours_end", name="hours"),
)
Index(None, people.c.tenant_id, people.c.programme_id)
Index(None, people.c.email)

accounts = Table(
    "accounts",
    metadata,
    Column("platform", String(8), primary_key=True),
    Column("external", String(200), primary_key=True),
    _id("tenant_id"),
    _id("person_id"),
    _to("people", "person_id"),
)
Index(None, accounts.c.tenant_id, accounts.c.person_id)

pairs = Table(
    "pairs",
    metadata,
    *_key(),
    _id("programme_id"),
    _id("one_id"),
    _id("two_id"),
    Column("state", String(24), nullable=False),
    Column("plan_at", Utc, nullable=True),
    Column("held_at", Utc, nullable=True),
    # Since when the two go on by themselves, after the end: nothing later of theirs is for facilitators.
    Column("went_on_at", Utc, nullable=True),
    _to("programmes", "programme_id"),
    _to("people", "one_id"),
    _to("people", "two_id"),
    CheckConstraint("one_id <> two_id", name="two_people"),
)
Index(None, pairs.c.plan_at)
Index(None, pairs.c.tenant_id, pairs.c.programme_id)

words = Table(
    "words",
    metadata,
    *_key(),
    # Nobody's of a programme where somebody in a channel wrote it: its answer says whose it is.
    _id("person_id", null=True),
    Column("at", Utc, nullable=False),
    Column("key", String(16), nullable=False),
    Column("nonce", LargeBinary(12), nullable=False),
    Column("body", LargeBinary, nullable=False),
    _to("people", "person_id"),
    # Nothing is written with a key that is not proven, and no proof goes while a row needs its key.
    ForeignKeyConstraint(["key"], ["keys.id"]),
)
Index(None, words.c.tenant_id, words.c.person_id)
Index(None, words.c.key)

challenges = Table(
    "challenges",
    metadata,
    _id("tenant_id", key=True),
    _id("pair_id", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _id("words_id"),
    _id("by_id"),
    Column("proposed_at", Utc, nullable=False),
    Column("confirmed_at", Utc, nullable=True),
    _to("pairs", "pair_id"),
    _to("people", "by_id"),
)

consents = Table(
    "consents",
    metadata,
    *_key(),
    _id("person_id"),
    Column("version", String(16), nullable=False),
    Column("wording", Text, nullable=False),
    Column("given_at", Utc, nullable=False),
    Column("withdrawn_at", Utc, nullable=True),
    _to("people", "person_id"),
)
Index(None, consents.c.tenant_id, consents.c.person_id)

rounds = Table(
    "rounds",
    metadata,
    *_key(),
    _id("pair_id"),
    _id("programme_id"),
    Column("state", String(16), nullable=False),
    Column("question", String(80), nullable=False),
    Column("bridge", String(80), nullable=False),
    Column("solo", Boolean, nullable=False),
    Column("closing", Boolean, nullable=False),
    Column("opens_at", Utc, nullable=False),
    Column("opened_at", Utc, nullable=True),
    Column("due_at", Utc, nullable=True),
    Column("revision", Integer, nullable=False, default=0),
    _to("pairs", "pair_id"),
    _to("programmes", "programme_id"),
)
Index(None, rounds.c.due_at)
Index(None, rounds.c.tenant_id, rounds.c.pair_id, rounds.c.opens_at)
Index(None, rounds.c.tenant_id, rounds.c.programme_id, rounds.c.opens_at)

asks = Table(
    "asks",
    metadata,
    _id("tenant_id", key=True),
    _id("round_id", key=True),
    _id("person_id", key=True),
    Column("question", String(80), nullable=False),
    Column("passed", Text, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ask_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=True),
    Column("asked_at", Utc, nullable=True),
    Column("skipped_at", Utc, nullable=True),
    _to("rounds", "round_id"),
    _to("people", "person_id"),
)
Index(None, asks.c.due_at)
Index(None, asks.c.tenant_id, asks.c.person_id, asks.c.ask_at)

conversations = Table(
    "conversations",
    metadata,
    _id("tenant_id", key=True),
    _id("person_id", key=True),
    _id("pair_id", null=True),
    _id("round_id", null=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("standing", String(16), nullable=False),
    Column("agreed_at", Utc, nullable=True),
    Column("question", String(80), nullable=True),
    Column("over", Boolean, nullable=False),
    Column("part", Integer, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("unanswered", Integer, nullable=False),
    Column("every", Integer, nullable=False),
    Column("muted", Boolean, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("unopened", Integer, nullable=False),
    Column("wants_on", Boolean, nullable=False),
    Column("close_at", Utc, nullable=True),
    Column("remind_at", Utc, nullable=True),
    Column("resume_at", Utc, nullable=True),
    _to("people", "person_id"),
    _to("pairs", "pair_id"),
    _to("rounds", "round_id"),
)
Index(None, conversations.c.close_at)
Index(None, conversations.c.remind_at)
Index(None, conversations.c.resume_at)

parts = Table(
    "parts",
    metadata,
    *_key(),
    _id("round_id"),
    _id("person_id"),
    Column("ordinal", Integer, nullable=False),
    Column("prompt", String(80), nullable=False),
    Column("quote_start", Integer, nullable=True),
    Column("quote_end", Integer, nullable=True),
    Column("begun_at", Utc, nullable=False),
    Column("closed_at", Utc, nullable=True),
    Column("changed_at", Utc, nullable=True),
    Column("removed_at", Utc, nullable=True),
    Column("partner_at", Utc, nullable=True),
    Column("facilitators", String(8), nullable=False),
    Column("facilitators_at", Utc, nullable=True),
    # Whether its author chose that where it says that facilitators get words by mail.
    Column("by_mail", Boolean, nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("in_chats", Boolean, nullable=False),
    _to("rounds", "round_id"),
    _to("people", "person_id"),
    UniqueConstraint("tenant_id", "round_id", "person_id", "ordinal"),
)
Index(None, parts.c.tenant_id, parts.c.person_id)

messages = Table(
    "messages",
    metadata,
    *_key(),
    _id("person_id"),
    _id("part_id", null=True),
    Column("sent_at", Utc, nullable=False),
    Column("at", Utc, nullable=False),
    Column("deleted", Boolean, nullable=False),
    _to("people", "person_id"),
    _to("parts", "part_id"),
)
Index(None, messages.c.tenant_id, messages.c.part_id)

turns = Table(
    "turns",
    metadata,
    _id("tenant_id", key=True),
    _id("round_id", key=True),
    _id("person_id", key=True),
    _id("words_id"),
    Column("asks", Boolean, nullable=False),
    Column("said_at", Utc, nullable=False),
    Column("read_at", Utc, nullable=True),
    Column("declined_at", Utc, nullable=True),
    _id("answer_id", null=True),
    Column("answered_at", Utc, nullable=True),
    Column("taken_back_at", Utc, nullable=True),
    Column("answer_taken_back_at", Utc, nullable=True),
    _to("rounds", "round_id"),
    _to("people", "person_id"),
)

drafts = Table(
    "drafts",
    metadata,
    _id("tenant_id", key=True),
    _id("person_id", key=True),
    Column("box", String(80), primary_key=True),
    _id("words_id"),
    Column("at", Utc, nullable=False),
    _to("people", "person_id"),
)

digests = Table(
    "digests",
    metadata,
    *_key(),
    _id("programme_id"),
    Column("from_at", Utc, nullable=False),
    Column("to_at", Utc, nullable=False),
    Column("question", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    _to("programmes", "programme_id"),
    UniqueConstraint("tenant_id", "programme_id", "to_at"),
)

lines = Table(
    "lines",
    metadata,
    *_key(),
    _id("digest_id"),
    _id("part_id"),
    Column("theme", String(64), nullable=False),
    Column("facilitators", String(8), nullable=False),
    Column("held", Boolean, nullable=False),
    _id("module_id", null=True),
    _id("reply_id", null=True),
    Column("taken_at", Utc, nullable=True),
    Column("replied_at", Utc, nullable=True),
    Column("mailed_at", Utc, nullable=True),
    _to("digests", "digest_id"),
    _to("parts", "part_id"),
    _to("modules", "module_id"),
)
Index(None, lines.c.tenant_id, lines.c.digest_id)
Index(None, lines.c.tenant_id, lines.c.part_id)

calls = Table(
    "calls",
    metadata,
    *_key(),
    _id("person_id"),
    _id("to_id"),
    _id("words_id", null=True),
    Column("asked_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=True),
    Column("seen_at", Utc, nullable=True),
    Column("closed_at", Utc, nullable=True),
    _to("people", "person_id"),
    _to("people", "to_id"),
)
Index(None, calls.c.due_at)
Index(None, calls.c.tenant_id, calls.c.person_id)
Index(None, calls.c.tenant_id, calls.c.to_id)

deletions = Table(
    "deletions",
    metadata,
    *_key(),
    _id("programme_id"),
    Column("before_at", Utc, nullable=False),
    Column("done_at", Utc, nullable=False),
    Column("texts", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    _to("programmes", "programme_id"),
)

posts = Table(
    "posts",
    metadata,
    *_key(),
    _id("person_id"),
    Column("platform", String(8), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("posted_at", Utc, nullable=False),
    Column("receipt", String(200), nullable=False),
    # How it was drawn where it stands in a chat: stamped, so that nobody can try what it might say.
    Column("look", LargeBinary(32), nullable=True),
    _to("people", "person_id"),
)
Index(None, posts.c.tenant_id, posts.c.person_id, posts.c.posted_at)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _id("tenant_id"),
    _id("id"),
    # Whose room it is: a person's, or that of a team's round. So it refers to the rows of neither.
    _id("person_id"),
    Column("kind", String(24), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("proactive", Boolean, nullable=False),
    Column("by_mail", Boolean, nullable=False),
    Column("first_due_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", Utc, nullable=True),
    Column("reason", Text, nullable=False),
    UniqueConstraint("tenant_id", "id"),
)
Index(
    "ix_outbox_queued",
    outbox.c.due_at,
    sqlite_where=outbox.c.state == "queued",
    postgresql_where=outbox.c.state == "queued",
)
Index(
    "ix_outbox_room",
    outbox.c.tenant_id,
    outbox.c.person_id,
    outbox.c.seq,
    sqlite_where=outbox.c.state == "queued",
    postgresql_where=outbox.c.state == "queued",
)

team_rounds = Table(
    "team_rounds",
    metadata,
    *_key(),
    _id("programme_id"),
    Column("platform", String(8), nullable=False),
    Column("starter", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    # The bank's; empty where whoever started it asks in their own words, which are kept under the round's id.
    Column("question", String(80), nullable=False),
    Column("passed", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("begun_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=True),
    Column("version", Integer, nullable=False),
    _to("programmes", "programme_id"),
)
Index(None, team_rounds.c.due_at)
Index(None, team_rounds.c.tenant_id, team_rounds.c.place)

team_answers = Table(
    "team_answers",
    metadata,
    # Its words are kept under the same id.
    *_key(),
    _id("round_id"),
    Column("account", String(200), nullable=False),
    Column("named", Boolean, nullable=False),
    # The version of the sentence under which it was sent: what it says is agreed to with it.
    Column("terms", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    _to("team_rounds", "round_id"),
)
Index(None, team_answers.c.tenant_id, team_answers.c.round_id)

team_posts = Table(
    "team_posts",
    metadata,
    _id("tenant_id", key=True),
    _id("round_id", key=True),
    Column("about", String(80), primary_key=True),
    Column("receipt", String(200), nullable=False),
    _to("team_rounds", "round_id"),
)

announcements = Table(
    "announcements",
    metadata,
    _id("tenant_id", key=True),
    _id("programme_id", key=True),
    Column("platform", String(8), nullable=False),
    Column("place", String(200), nullable=False),
    Column("ended_at", Utc, nullable=True),
    Column("why", String(16), nullable=True),
    _to("programmes", "programme_id"),
)

claims = Table(
    "claims",
    metadata,
    _id("tenant_id", key=True),
    Column("platform", String(8), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("at", Utc, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("nonce", LargeBinary(12), nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("at", Utc, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    _id("tenant_id"),
    _id("person_id"),
    Column("browser", String(80), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    _to("people", "person_id"),
)
Index(None, sessions.c.tenant_id, sessions.c.person_id)

links = Table(
    "links",
    metadata,
    Column("token", String(64), primary_key=True),
    _id("tenant_id"),
    _id("person_id"),
    Column("once", Boolean, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc, nullable=True),
    _to("people", "person_id"),
)
Index(None, links.c.tenant_id, links.c.person_id)

attempts = Table(
    "attempts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("since", Utc, primary_key=True),
    Column("count", Integer, nullable=False),
)

slack_installations = Table(
    "slack_installations",
    metadata,
    # A workspace belongs to no organisation of ours: who is whose there is asked of the accounts.
    Column("team", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("bot", String(32), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("installed_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=True),
    # Nobody else asks for a new token before this: what it is asked for with works once.
    Column("renewing_until", Utc, nullable=True),
    Column("version", Integer, nullable=False),
    Column("key", String(16), nullable=False),
    Column("nonce", LargeBinary(12), nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["key"], ["keys.id"]),
)
Index(None, slack_installations.c.key)

slack_states = Table(
    "slack_states",
    metadata,
    # Hashes: of what goes to Slack and comes back, and of what the browser that set out holds meanwhile.
    Column("state", String(64), primary_key=True),
    Column("held", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _id("tenant_id", key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("who", String(32), nullable=False),
    Column("did", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("about", String(80), nullable=False),
    Column("before", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key", String(16), nullable=False),
    Column("stamp", LargeBinary(32), nullable=False),
    # It refers to nobody's row: what it speaks of may be gone, and it stays.
    ForeignKeyConstraint(["key"], ["keys.id"]),
)
Index(None, audit.c.tenant_id, audit.c.about)
Index(None, audit.c.key)

UNFENCED = frozenset({"accounts", "claims", "links", "sessions", "outbox"})
"""Asked before a tenant is known, or by workers for everybody; none of them holds words."""
