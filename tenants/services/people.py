"""Users of the control bot: their language and consent."""

from __future__ import annotations

from tenants.domain.errors import AccessDenied, StateConflict
from tenants.domain.model import Actor, Person, PlatformLimits, UserId
from tenants.domain.ports import Clock
from tenants.i18n.translator import name as plain_name
from tenants.i18n.translator import negotiate
from tenants.security.audit_chain import Audit
from tenants.store import Database


class People:
    def __init__(self, db: Database, audit: Audit, clock: Clock, limits: PlatformLimits) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock
        self._limits = limits

    async def see(self, user_id: UserId, name: str, language_code: str | None) -> Person:
        """Store the user of an update. Returns their stored data."""
        async with self._db.write() as uow:
            return await uow.people.see(
                user_id, str(plain_name(name)), language_code, self._clock.now()
            )

    async def get(self, user_id: UserId) -> Person | None:
        async with self._db.read() as uow:
            return await uow.people.get(user_id)

    async def language_of(self, user_id: UserId) -> str:
        """The person's choice, else their app's language, else English."""
        person = await self.get(user_id)
        return language_of(person) if person else negotiate()

    async def set_language(self, user_id: UserId, language: str) -> None:
        """Store a choice; an unsupported language becomes English."""
        async with self._db.write() as uow:
            await uow.people.set_language(user_id, negotiate(language))

    async def give_consent(self, actor: Actor, version: str | None = None) -> None:
        """Store the person's consent, by default to the current version.

        Does nothing while impersonating: nobody consents for another person.
        """
        if not actor.impersonates:
            await self._consent(actor, version or self._limits.consent_version)

    async def withdraw_consent(self, actor: Actor) -> None:
        if not actor.impersonates:
            await self._consent(actor, None)

    async def consent_needed(self, user_id: UserId) -> bool:
        """Whether they have not agreed to the current version."""
        person = await self.get(user_id)
        return person is None or person.consent_version != self._limits.consent_version

    async def erase(self, actor: Actor) -> None:
        """Erase the data of a person who has no bot here: name, languages, consent, dialog
        state, one-time tokens and pending notices.

        Kept: the audit log (ids and actions, no content), a role until an owner revokes it,
        and restrictions in effect on a bot of theirs when they erased it.

        Raises:
            AccessDenied: while impersonating.
            StateConflict: they have a bot, to be erased first (``state="has_bots"``).
        """
        if actor.impersonates or actor.subject_id != actor.user_id:
            raise AccessDenied()
        async with self._db.write() as uow:
            await uow.tenants.lock_owner(actor.user_id)
            if await uow.tenants.count_owned(actor.user_id):
                raise StateConflict(state="has_bots")
            await self._audit.record(uow, actor, "person:data:erase", subject_id=actor.user_id)
            await uow.erasure.erase_person(actor.user_id)
        await self._db.forget_deleted()

    async def _consent(self, actor: Actor, version: str | None) -> None:
        async with self._db.write() as uow:
            action = "person:consent:give" if version else "person:consent:withdraw"
            await self._audit.record(uow, actor, action, details={"version": version})
            await uow.people.set_consent(actor.user_id, version, self._clock.now())


def language_of(person: Person) -> str:
    """The language of texts for ``person``."""
    return negotiate(person.language, person.language_code)
