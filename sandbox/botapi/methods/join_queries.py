"""Join requests that a bot decides. https://core.telegram.org/bots/api#answerchatjoinrequestquery"""

from __future__ import annotations

from sandbox.botapi.request import Call, method
from sandbox.world.errors import bad_request

RESULTS = ("approve", "decline", "queue")


@method("answerChatJoinRequestQuery")
def answer_join_request_query(call: Call) -> bool:
    result = call.params.text("result")
    if result not in RESULTS:
        raise bad_request("invalid result specified")
    query_id = call.params.text("chat_join_request_query_id")
    query = call.world.queries.answer("join_request", call.bot.id, query_id, result)
    if result != "queue":
        room = call.world.room(query.asked["chat"]["$chat"])
        let_in = result == "approve"
        call.world.invites.settle(call.bot.id, room, query.account_id, let_in=let_in)
    return True


@method("sendChatJoinRequestWebApp")
def send_join_request_web_app(call: Call) -> bool:
    """The person is shown a Web App; the query stays open for its answer."""
    query_id = call.params.text("chat_join_request_query_id")
    url = call.params.required("web_app_url")
    if not url.startswith("https://"):
        raise bad_request("BUTTON_URL_INVALID")
    call.world.queries.find("join_request", call.bot.id, query_id)
    return True
