"""Methods by a business connection.

https://core.telegram.org/bots/api#getbusinessconnection
"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.gifts import shown_gifts
from sandbox.botapi.methods.profile_photos import input_profile_photo
from sandbox.botapi.request import Call, method
from sandbox.world import Account
from sandbox.world.business_models import BusinessConnection
from sandbox.world.errors import bad_request

Json = dict[str, Any]

GIFT_TYPES = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")


@method("getBusinessConnection")
def get_business_connection(call: Call) -> Json:
    business = call.world.business
    connection = business.find(call.bot.id, call.params.text("business_connection_id"))
    shown: Json = call.resolved(business.shape(connection))
    return shown


# --- Messages -------------------------------------------------------------------------------


@method("readBusinessMessage")
def read_business_message(call: Call) -> bool:
    connection = _connection(call, "can_read_messages")
    chat = call.world.business.chat(connection, call.params.number("chat_id"))
    message_id = call.message_id()
    if message_id not in chat.messages:
        raise bad_request("MESSAGE_ID_INVALID")
    call.world.mark_read(connection.account_id, chat, message_id)
    return True


@method("deleteBusinessMessages")
def delete_business_messages(call: Call) -> bool:
    """All of one chat. https://core.telegram.org/bots/api#deletebusinessmessages"""
    ids = call.message_ids()
    connection = _connection(call, "can_delete_sent_messages")
    for chat in list(call.world.state.chats.values()):
        if connection in call.world.business.watching(chat) and set(ids) & chat.messages.keys():
            foreign = [
                one
                for one in ids
                if one in chat.messages and chat.messages[one].business_bot_id != call.bot.id
            ]
            if foreign and not connection.may("can_delete_all_messages"):
                raise bad_request("message can't be deleted")
            call.world.delete(connection.account_id, chat, ids)
    return True


# --- The account ----------------------------------------------------------------------------


@method("setBusinessAccountName")
def set_business_account_name(call: Call) -> bool:
    first_name = call.params.required("first_name")
    account = _account(call, "can_edit_name")
    account.first_name, account.last_name = first_name[:64], call.params.text("last_name")[:64]
    return _changed(call, account)


@method("setBusinessAccountUsername")
def set_business_account_username(call: Call) -> bool:
    account = _account(call, "can_edit_username")
    call.world.set_username(account, call.params.text("username"))
    return _changed(call, account)


@method("setBusinessAccountBio")
def set_business_account_bio(call: Call) -> bool:
    account = _account(call, "can_edit_bio")
    if len(call.params.text("bio")) > 140:
        raise bad_request("ABOUT_TOO_LONG")
    account.bio = call.params.text("bio")
    return _changed(call, account)


@method("setBusinessAccountProfilePhoto")
def set_business_account_profile_photo(call: Call) -> bool:
    photo = input_profile_photo(call)
    account = _account(call, "can_edit_profile_photo")
    account.photo = photo
    return _changed(call, account)


@method("removeBusinessAccountProfilePhoto")
def remove_business_account_profile_photo(call: Call) -> bool:
    account = _account(call, "can_edit_profile_photo")
    account.photo = None
    return _changed(call, account)


@method("setBusinessAccountGiftSettings")
def set_business_account_gift_settings(call: Call) -> bool:
    given = call.params.json("accepted_gift_types", "accepted gift types")
    if given is None:
        raise bad_request("accepted gift types aren't specified")
    if not isinstance(given, dict):
        raise bad_request("object expected as accepted gift types")
    missing = next((name for name in GIFT_TYPES if not isinstance(given.get(name), bool)), None)
    if missing is not None:
        raise bad_request(f'can\'t find field "{missing}"')
    account = _account(call, "can_change_gift_settings")
    account.accepted_gifts = {name: bool(value) for name, value in given.items()}
    return _changed(call, account)


# --- Stars and gifts ------------------------------------------------------------------------


@method("getBusinessAccountStarBalance")
def get_business_account_star_balance(call: Call) -> Json:
    account = _account(call, "can_view_gifts_and_stars")
    return {"amount": call.world.payments.balance(account.id)}


@method("transferBusinessAccountStars")
def transfer_business_account_stars(call: Call) -> bool:
    account = _account(call, "can_transfer_stars")
    stars = call.params.number("star_count")
    if not 1 <= stars <= 10_000:
        raise bad_request("STARS_AMOUNT_INVALID")
    call.world.payments.record(call.bot.id, account.id, stars, "business_account_transfer")
    return True


@method("getBusinessAccountGifts")
def get_business_account_gifts(call: Call) -> Json:
    account = _account(call, "can_view_gifts_and_stars")
    return shown_gifts(call, call.world.gifts.owned(account.id))


@method("convertGiftToStars")
def convert_gift_to_stars(call: Call) -> bool:
    account = _account(call, "can_convert_gifts_to_stars")
    call.world.gifts.convert(account.id, call.params.text("owned_gift_id"))
    return True


@method("upgradeGift")
def upgrade_gift(call: Call) -> bool:
    account = _account(call, "can_transfer_and_upgrade_gifts")
    stars = call.params.number("star_count")
    call.world.gifts.upgrade(account.id, call.params.text("owned_gift_id"), stars)
    return True


@method("transferGift")
def transfer_gift(call: Call) -> bool:
    account = _account(call, "can_transfer_and_upgrade_gifts")
    to = call.world.account(call.params.number("new_owner_chat_id"))
    stars = call.params.number("star_count")
    call.world.gifts.transfer(account.id, call.params.text("owned_gift_id"), to.id, stars)
    return True


def _connection(call: Call, right: str) -> BusinessConnection:
    connection_id = call.params.text("business_connection_id")
    return call.world.business.usable(call.bot.id, connection_id, right)


def _account(call: Call, right: str) -> Account:
    return call.world.account(_connection(call, right).account_id)


def _changed(call: Call, account: Account) -> bool:
    call.world.profile_changed(account.id)
    return True
