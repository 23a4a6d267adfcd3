"""Invoices, payments and Stars. https://core.telegram.org/bots/api#payments"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.methods.send_params import Target, read_caption
from sandbox.botapi.methods.uploads import take_file
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.people import user
from sandbox.world import Content, Special
from sandbox.world.errors import bad_request
from sandbox.world.image_size import size_of
from sandbox.world.payment_models import Invoice, StarTransaction
from sandbox.world.payments import STARS

Json = dict[str, Any]

NEEDS = ("name", "phone_number", "email", "shipping_address")
MOST_PAID_MEDIA = 10
MOST_STARS = 25_000
PAID_KINDS = ("photo", "video", "live_photo")


@method("sendInvoice")
def send_invoice(call: Call) -> Json:
    target = Target.of(call)
    invoice = call.world.payments.add(_invoice(call))
    shown = {
        "title": invoice.title,
        "description": invoice.description,
        "start_parameter": invoice.start_parameter,
        "currency": invoice.currency,
        "total_amount": invoice.total,
    }
    message = target.say(Content(special=Special(kind="invoice", value=shown)))
    call.world.payments.attach(invoice, message)
    return call.shown(message)


@method("createInvoiceLink")
def create_invoice_link(call: Call) -> str:
    return f"https://t.me/${call.world.payments.add(_invoice(call)).slug}"


def _invoice(call: Call) -> Invoice:
    params = call.params
    title, description = params.required("title"), params.required("description")
    payload, currency = params.required("payload"), params.required("currency")
    params.required("prices")
    if currency != STARS and not params.has("provider_token"):
        raise bad_request("PAYMENT_PROVIDER_INVALID")
    return Invoice(
        slug="",
        bot_id=call.bot.id,
        title=title,
        description=description,
        payload=payload,
        currency=currency,
        prices=prices(params.json("prices", "prices")),
        start_parameter=params.text("start_parameter"),
        subscription_period=params.number("subscription_period"),
        needs=[name for name in NEEDS if params.flag(f"need_{name}")],
        flexible=params.flag("is_flexible"),
        business_connection_id=params.text("business_connection_id"),
    )


def prices(given: Any) -> list[tuple[str, int]]:
    """Labeled prices. Raises ApiError: 400."""
    if not isinstance(given, list):
        raise bad_request("expected an Array of labeled prices")
    if not given:
        raise bad_request("there must be at least one price")
    return [_price(one) for one in given]


def _price(given: Any) -> tuple[str, int]:
    fields = Fields(given, "can't parse labeled price", "LabeledPrice must be an Object")
    label = fields.text("label", required=True)
    if not label:
        raise fields.complaint("LabeledPrice label must be non-empty")
    return label, fields.number("amount", required=True, limit=LONG)


@method("answerShippingQuery")
def answer_shipping_query(call: Call) -> bool:
    params = call.params
    if params.flag("ok"):
        answer: Any = _shipping_options(params.json("shipping_options", "shipping options"))
    else:
        answer = params.required("error_message")
    query_id = params.text("shipping_query_id")
    call.world.queries.answer("shipping_query", call.bot.id, query_id, answer)
    return True


def _shipping_options(given: Any) -> list[Json]:
    if not isinstance(given, list):
        raise bad_request("expected an Array of shipping options")
    if not given:
        raise bad_request("there must be at least one shipping option")
    for option in given:
        what = "can't parse shipping option"
        fields = Fields(option, what, "ShippingOption must be an Object")
        for name, words in (("id", "identifier"), ("title", "title")):
            if not fields.text(name, required=True):
                raise fields.complaint(f"ShippingOption {words} must be non-empty")
        prices(fields.raw("prices"))
    return given


@method("answerPreCheckoutQuery")
def answer_pre_checkout_query(call: Call) -> bool:
    params = call.params
    refusal = "" if params.flag("ok") else params.required("error_message")
    query_id = params.text("pre_checkout_query_id")
    call.world.queries.answer("pre_checkout_query", call.bot.id, query_id, refusal)
    return True


# --- Stars ----------------------------------------------------------------------------------


@method("getMyStarBalance")
def get_my_star_balance(call: Call) -> Json:
    return {"amount": call.world.payments.balance(call.bot.id)}


@method("getStarTransactions")
def get_star_transactions(call: Call) -> Json:
    """In the order they came. https://core.telegram.org/bots/api#getstartransactions"""
    offset = max(call.params.number("offset"), 0)
    limit = min(max(call.params.number("limit", 100), 1), 100)
    found = call.world.payments.transactions(call.bot.id)[offset : offset + limit]
    return {"transactions": [_transaction(call, one) for one in found]}


def _transaction(call: Call, shown: StarTransaction) -> Json:
    partner: Json = {
        "type": "user",
        "transaction_type": shown.kind,
        "user": user(call.world, shown.user_id),
    }
    if shown.payload and shown.kind == "invoice_payment":
        partner["invoice_payload"] = shown.payload
    if shown.payload and shown.kind == "paid_media_payment":
        partner["paid_media_payload"] = shown.payload
    if shown.subscription_period:
        partner["subscription_period"] = shown.subscription_period
    side = "source" if shown.incoming else "receiver"
    return {"id": shown.id, "amount": shown.amount, "date": shown.date, side: partner}


@method("refundStarPayment")
def refund_star_payment(call: Call) -> bool:
    user_id = call.user_id()
    charge_id = call.params.required("telegram_payment_charge_id")
    call.world.payments.refund(call.bot.id, user_id, charge_id)
    return True


@method("editUserStarSubscription")
def edit_user_star_subscription(call: Call) -> bool:
    call.world.payments.cancel_subscription(
        call.bot.id,
        call.user_id(),
        call.params.required("telegram_payment_charge_id"),
        canceled=call.params.flag("is_canceled"),
    )
    return True


# --- Paid media -----------------------------------------------------------------------------


@method("sendPaidMedia")
def send_paid_media(call: Call) -> Json:
    """https://core.telegram.org/bots/api#sendpaidmedia"""
    target = Target.of(call)
    stars = call.params.number("star_count")
    given = call.params.array("media", "InputPaidMedia")
    if not 1 <= len(given) <= MOST_PAID_MEDIA:
        raise bad_request("there are no media to send" if not given else "too many media to send")
    if not 1 <= stars <= MOST_STARS:
        raise bad_request("STARS_AMOUNT_INVALID")
    media = [_paid_media(call, one) for one in given]
    text, entities = read_caption(call)
    special = Special(kind="paid_media", value={"star_count": stars, "paid_media": media})
    above = call.params.flag("show_caption_above_media")
    message = target.say(
        Content(text=text, entities=entities, special=special, caption_above=above)
    )
    invoice = Invoice(
        slug="",
        bot_id=call.bot.id,
        title="Paid media",
        description="",
        payload=call.params.text("payload"),
        currency=STARS,
        prices=[("Media", stars)],
    )
    call.world.payments.attach(invoice, message)
    return call.shown(message)


def _paid_media(call: Call, given: Any) -> Json:
    fields = Fields(given, "can't parse InputPaidMedia")
    kind = fields.text("type")
    if kind not in PAID_KINDS:
        raise fields.complaint(f'type "{kind}" is unsupported')
    file = take_file(call, fields.text("media"), "photo" if kind == "photo" else "video")
    if kind == "photo":
        return {"type": kind, kind: {"$photo": file.unique_id}}
    width, height = size_of(call.world.files.data(file)) or (
        fields.number("width") or 512,
        fields.number("height") or 512,
    )
    media: Json = {"kind": kind, "file": file.unique_id, "width": width, "height": height}
    media["duration"] = fields.number("duration")
    if kind == "live_photo":
        media["thumbnail"] = take_file(call, fields.text("photo"), "photo").unique_id
    return {"type": kind, kind: {"$media": media}}
