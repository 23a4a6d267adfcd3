"""Status of the connected account, for a card."""

from __future__ import annotations

from typing import Final

from controlbot.bot.context import RequestContext
from mtproto.accounts.repository import AccountState, AccountView
from tenants.domain.model import Actor, TenantId
from tenants.i18n.translator import Markup, name
from tenants.i18n.translator import mark as _

WORDS: Final = {
    AccountState.FROZEN: _(
        "👤 🟡 Telegram has frozen {person}: the account can only read. "
        "You can appeal in your Telegram app."
    ),
    AccountState.STOPPED: _("👤 🔴 Telegram has blocked {person}"),
    AccountState.DELETED: _("👤 🔴 {person} does not exist in Telegram any more"),
}


async def account_of(
    scene: RequestContext, actor: Actor, tenant_id: TenantId
) -> AccountView | None:
    """``actor``: for whom it is shown: the owner's card or the admin panel."""
    return await scene.platform.accounts.view(actor, tenant_id)


async def account_line(scene: RequestContext, actor: Actor, tenant_id: TenantId) -> Markup:
    """One line: the connected account, a lost one, or none."""
    view = await account_of(scene, actor, tenant_id)
    tr = scene.tr
    if view is None:
        return tr(_("👤 No account connected (that's fine)"))
    if view.state is AccountState.CONNECTED:
        if view.busy_until is not None:
            return tr(
                _("👤 {person}: Telegram asks for a pause until {time} (UTC)"),
                person=name(view.account.name),
                time=view.busy_until,
            )
        return tr(_("👤 {person} is connected"), person=name(view.account.name))
    if view.state in WORDS:
        return tr(WORDS[view.state], person=name(view.account.name))
    return tr(
        _("👤 🔴 {person} was logged out. Please connect again."), person=name(view.account.name)
    )
