"""`alongside check`: what is well, what is not, and what to do, a line each. It changes nothing."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from adapters.commands.found import Found, Verdict
from adapters.commands.plainly import database_of
from adapters.commands.slack import look_at_slack, look_at_workspaces
from adapters.settings import BadSettings, Settings, read_settings

if TYPE_CHECKING:
    from bot.rows import Listed
    from storage.database import Database
    from storage.store import SqlStore, SqlTx

APART = timedelta(seconds=30)
"""How far this machine's clock and the database's may be apart."""

LATE = timedelta(minutes=15)
"""From when on something that is due means that nobody is doing it."""

TAMPERED = (
    "Somebody has written to the database past Alongside. Keep a copy of it as it is, and tell whoever answers\n"
    "for the data of your organisation. A backup from before shows what stood there."
)

NAMED = 5
"""How many people are named in one line."""


def check() -> None:
    """Say what is well, what is not, and what to do about it.

    It looks at the settings, mail, Slack, the database, the keys, the clock, the
    questions and each programme, and changes nothing. It exits with 1 if there is
    anything to do.
    """
    from adapters.wiring import real_now

    found = asyncio.run(look(real_now))
    for each in found:
        typer.secho(f"{each.verdict.value:<6}", fg=_COLOURS[each.verdict], bold=True, nl=False)
        typer.echo(each.what)
        if each.remedy:
            typer.echo("\n".join(f"      {line}" for line in each.remedy.splitlines()))
    wrong = sum(each.verdict is Verdict.WRONG for each in found)
    if wrong:
        typer.echo(f"\n{'One thing' if wrong == 1 else f'{wrong} things'} to do.")
        raise typer.Exit(1)
    typer.echo("\nAll is well.")


_COLOURS = {
    Verdict.OK: typer.colors.GREEN,
    Verdict.NOTE: typer.colors.YELLOW,
    Verdict.WRONG: typer.colors.RED,
}


async def look(now: Callable[[], datetime]) -> Sequence[Found]:
    """Everything there is to say, in the order in which it is put right."""
    found: list[Found] = []
    settings: Settings | None = None
    try:
        settings = read_settings(os.environ)
        found.append(Found(Verdict.OK, "Settings: complete."))
    except BadSettings as fault:
        remedy = "\n".join(str(fault).splitlines()[1:])
        found.append(Found(Verdict.WRONG, "Settings: not usable as they are.", remedy))
    found += _words(settings)
    if settings is not None:
        found.append(await _mail(settings))
        found += await look_at_slack(settings, now())
        found += await _database(settings, now)
    return found


async def _mail(settings: Settings) -> Found:
    """Whether the mail server lets us in; nothing is sent."""
    import aiosmtplib

    from adapters.mail.post import client_of

    if settings.mail is None:
        what = "Mail: none is sent. People hear of nothing unless they open their page."
        return Found(Verdict.NOTE, what, "Give ALONGSIDE_MAIL and ALONGSIDE_MAIL_FROM.")
    place = f"{settings.mail.host}, port {settings.mail.port}"
    try:
        async with client_of(settings.mail):
            return Found(Verdict.OK, f"Mail: let in at {place}.")
    except aiosmtplib.SMTPAuthenticationError:
        remedy = "Correct the user and the password in ALONGSIDE_MAIL."
        return Found(Verdict.WRONG, f"Mail: {place} does not let us in.", remedy)
    except (aiosmtplib.SMTPException, OSError):
        remedy = (
            "Correct ALONGSIDE_MAIL, or look whether the server is up. Notices wait until it can be reached."
        )
        return Found(Verdict.WRONG, f"Mail: {place} cannot be reached with encryption.", remedy)


def _words(settings: Settings | None) -> Sequence[Found]:
    from adapters.wiring import load_prompts
    from prompts.bank import BankFault
    from prompts.followups import FaultyFollowUps
    from prompts.signposts import FaultySignposts

    own = settings.signposts if settings else None
    try:
        prompts = load_prompts(own)
    except FaultySignposts as fault:
        return [Found(Verdict.WRONG, "Signposts: the file cannot be used.", str(fault))]
    except (BankFault, FaultyFollowUps) as fault:
        return [Found(Verdict.WRONG, "Questions: they cannot be used.", str(fault))]
    source = f"from {own}" if own else "those for the United Kingdom that come with Alongside"
    return [
        Found(Verdict.OK, f"Questions: {len(prompts.bank.questions)} in the bank."),
        Found(Verdict.OK, f"Signposts: {len(prompts.signposts)}, {source}."),
    ]


async def _database(settings: Settings, now: Callable[[], datetime]) -> Sequence[Found]:
    from sqlalchemy.exc import DBAPIError

    from bot.errors import Unavailable
    from storage.store import SqlStore

    try:
        database = database_of(settings)
    except BadSettings as fault:
        return [Found(Verdict.WRONG, "Database: it cannot be found.", str(fault))]
    if database.is_missing():
        what = f"Database: there is none yet at {database.url.database}."
        return [Found(Verdict.WRONG, what, "Run: alongside db upgrade")]
    try:
        async with database.read():
            pass
        found = [Found(Verdict.OK, f"Database: reached, {'SQLite' if database.sqlite else 'PostgreSQL'}.")]
        current = await _versions(database, found)
        if current:
            store = SqlStore(database, settings.keys)
            found += [await _keys(store), await _clock(database, now())]
            if found[-2].verdict is Verdict.OK:
                found += await look_at_workspaces(settings, store, now())
                async with store.read() as tx:
                    found += await _audit(tx)
            async with store.read() as tx:
                found += await _doings(tx, now())
                for each in await tx.setup.programmes():
                    found += await _programme(tx, each, now())
        return found
    except (Unavailable, DBAPIError):
        remedy = (
            f"Look whether {database.url.database} is a database of Alongside, which the user who runs this may write."
            if database.sqlite
            else "Look whether PostgreSQL is running, and whether host, user and name in ALONGSIDE_DATABASE are right."
        )
        return [Found(Verdict.WRONG, "Database: it cannot be reached.", remedy)]
    finally:
        await database.close()


async def _versions(database: "Database", found: list[Found]) -> bool:
    from storage.migrate import NotMigrated, check_role, check_version

    try:
        await check_version(database)
        found.append(Found(Verdict.OK, "Migrations: up to date."))
    except NotMigrated as fault:
        found.append(Found(Verdict.WRONG, "Migrations: not up to date.", str(fault)))
        return False
    if not database.sqlite:
        try:
            await check_role(database)
            found.append(Found(Verdict.OK, "Role: PostgreSQL keeps organisations apart for it."))
        except NotMigrated as fault:
            found.append(
                Found(Verdict.WRONG, "Role: it may pass the fences between organisations.", str(fault))
            )
    return True


async def _keys(store: "SqlStore") -> Found:
    from storage.crypto import KeyFault

    try:
        number = await store.prove_keys()
    except KeyFault as fault:
        return Found(Verdict.WRONG, "Keys: not all words can be read.", str(fault))
    if not number:
        return Found(Verdict.OK, "Keys: the database has not been written to yet.")
    return Found(Verdict.OK, f"Keys: {'the one' if number == 1 else f'all {number}'} that words need.")


async def _clock(database: "Database", now: datetime) -> Found:
    from storage.overview import clock_of

    apart = abs(await clock_of(database) - now)
    if apart > APART:
        what = f"Clock: this machine's and the database's are {round(apart.total_seconds())} seconds apart."
        return Found(Verdict.WRONG, what, "Let both machines set their clocks by the network (NTP).")
    return Found(Verdict.OK, f"Clock: {now:%Y-%m-%d %H:%M} in UTC, here and in the database.")


async def _audit(tx: "SqlTx") -> Sequence[Found]:
    """Whether every entry is as it was written. That the last ones are there, only a note kept elsewhere can tell."""
    from storage.chain import chains

    found = []
    for each in await chains(tx.session):
        one = each.entries == 1
        counted = "one entry, as it was" if one else f"{each.entries} entries, all as they were"
        if each.fault:
            what = f"Audit of {each.organisation}: it does not hold. {each.fault}"
            found.append(Found(Verdict.WRONG, what, TAMPERED))
        elif each.newest_at is None:
            found.append(Found(Verdict.OK, f"Audit of {each.organisation}: there are no entries."))
        else:
            what = f"Audit of {each.organisation}: {counted} written."
            newest = (
                f"The newest is number {each.number}, of {each.newest_at:%Y-%m-%d %H:%M} (UTC): {each.newest}"
            )
            found.append(Found(Verdict.OK, what, newest))
    return found


async def _doings(tx: "SqlTx", now: datetime) -> Sequence[Found]:
    """Whether what is due is done, and what did not go out."""
    from storage.overview import undelivered

    found = []
    late = await tx.clock.due(now - LATE, 1)
    if late:
        what = f"Service: what was due on {late[0].at:%Y-%m-%d at %H:%M} (UTC) has not been done."
        found.append(Found(Verdict.WRONG, what, "Start it, or look why it stands still: alongside serve"))
    given_up = await undelivered(tx.session)
    if given_up:
        messages = "one message was" if given_up == 1 else f"{given_up} messages were"
        what = f"Messages: {messages} given up on."
        found.append(Found(Verdict.NOTE, what, "People find on their page whatever did not reach them."))
    if not await tx.setup.programmes():
        remedy = "Set one up with: alongside programme apply programme.toml"
        found.append(Found(Verdict.WRONG, "Programmes: there is none yet.", remedy))
    return found


async def _programme(tx: "SqlTx", listed: "Listed", now: datetime) -> Sequence[Found]:
    from adapters.calendars import coming
    from bot.conversation.state import PairState
    from bot.model import Role

    stands = await tx.setup.programme_now(listed.tenant, listed.id)
    if stands is None:
        return []
    people = await tx.setup.people_now(listed.tenant, listed.id)
    pairs = await tx.setup.pairs_now(listed.tenant, listed.id)
    title, found = listed.title, list[Found]()
    importing = "Add them to the file and run: alongside people import people.csv"
    if not people:
        return [Found(Verdict.WRONG, f"{title}: there is nobody in it yet.", importing)]
    facilitators = [each for each in people if each.person.role is Role.FACILITATOR]
    if not facilitators:
        what = f"{title}: nobody facilitates it, so nobody reads the weekly page."
        found.append(Found(Verdict.WRONG, what, f"A facilitator has the role facilitator. {importing}"))
    if not any(each.person.role is Role.OUTSIDE for each in people):
        what = f"{title}: nobody outside both organisations can be asked for a call."
        remedy = f"Somebody who can be has the role outside. {importing}"
        found.append(Found(Verdict.NOTE, what, remedy))
    if stands.programme.words_by_mail:
        what = (
            f"{title}: by mail the facilitators get what people share with them. A mail cannot be taken back."
        )
        remedy = "If that is not meant, write words_by_mail = false in programme.toml, and apply it again."
        found.append(Found(Verdict.NOTE, what, remedy))
    found += await _kept_as_agreed(tx, listed, now)
    going = [each for each in pairs if each.pair.state is not PairState.ENDED]
    paired = {person for each in pairs for person in (each.pair.one, each.pair.two)}
    alone = [
        each.person.name
        for each in people
        if each.person.role is Role.MEMBER and each.person.id not in paired
    ]
    if alone:
        remedy = "Give them and their partners the same pair in the file, and import it again."
        found.append(Found(Verdict.WRONG, f"{title}: in no pair: {_some(alone)}.", remedy))
    unwritten = [each.person.name for each in people if not each.email and each.person.name]
    if unwritten:
        found.append(Found(Verdict.NOTE, f"{title}: without an address: {_some(unwritten)}.", importing))
    waiting = [each.person.name for each in people if not each.joined and each.person.name]
    if waiting:
        found.append(Found(Verdict.NOTE, f"{title}: have not joined yet: {_some(waiting)}."))
    over = not stands.modules or stands.modules[-1].starts_on < now.date()
    unplanned = [
        each
        for each in going
        if each.plan_at is None and (each.last_opens_at is None or each.last_opens_at < now)
    ]
    joined = {each.person.id for each in people if each.joined}
    closing = [
        each
        for each in going
        # Whether the two go on by themselves is told to nobody.
        if each not in unplanned
        and (each.closed_at is None or each.closed_at >= now)
        and joined.intersection((each.pair.one, each.pair.two))
    ]
    if over and closing:
        found.append(
            Found(Verdict.NOTE, f"{title}: its last module has been; the last question is on its way.")
        )
    elif over:
        found.append(Found(Verdict.NOTE, f"{title}: its last module has been; nothing more is asked."))
    elif unplanned:
        what = f"{title}: nothing is planned for {len(unplanned)} of its {len(going)} pairs."
        remedy = "Check the dates of its modules in programme.toml, and apply it again."
        found.append(Found(Verdict.WRONG, what, remedy))
    holidays = stands.programme.holidays
    if holidays and not coming(holidays, now.date(), 1):
        what = f"{title}: no holidays are known by {holidays} any more, so none are kept."
        found.append(Found(Verdict.WRONG, what, "Name them afresh in programme.toml, and apply it again."))
    if not any(each.verdict is Verdict.WRONG for each in found):
        counts = f"{len(going)} {'pair' if len(going) == 1 else 'pairs'}, {len(facilitators)} facilitating"
        found.insert(0, Found(Verdict.OK, f"{title}: {counts}."))
    return found


async def _kept_as_agreed(tx: "SqlTx", listed: "Listed", now: datetime) -> list[Found]:
    """Whether no words are older than people were promised, and what was deleted last."""
    months = (await tx.people.programme(listed.tenant, listed.id)).retention_months
    oldest = await tx.retention.oldest(listed.tenant, listed.id)
    if oldest is not None and (now.year - oldest.year) * 12 + now.month - oldest.month > months:
        what = f"{listed.title}: words of {oldest:%d %B %Y} are still kept, longer than {months} months."
        return [
            Found(Verdict.WRONG, what, "They are deleted on the first of a month while the service runs.")
        ]
    last = await tx.retention.last(listed.tenant, listed.id)
    if last is None:
        return []
    what = f"{listed.title}: on {last.at:%d %B %Y}, {last.texts} texts of {last.people} people were deleted."
    return [Found(Verdict.OK, what)]


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    said = ", ".join(names[:NAMED])
    return f"{said} and {more} more" if more > 0 else said
