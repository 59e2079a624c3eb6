"""The OpenAI-compatible chat route."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from sample_endpoint.core.completions import ChatCompletion, complete, stream
from sample_endpoint.hardened.auth import get_services, require_account
from sample_endpoint.hardened.schemas import ChatRequest
from sample_endpoint.hardened.throttling import EXPENSIVE, throttled

router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[Depends(require_account)])


@router.post("/chat/completions", response_model=ChatCompletion)
@throttled(EXPENSIVE)
def complete_chat(request: Request, body: ChatRequest) -> ChatCompletion | Response:
    """Answer the last question of a conversation.

    Only the caller's own question reaches the assistant, as data, under the rules of the system
    role; there is no hidden prompt to win over, and the answer comes from a closed set of
    sentences.
    """
    services = get_services(request)
    questions = [message.content for message in body.messages if message.role == "user"]
    rules = [message.content for message in body.messages if message.role == "system"]
    reply = services.assistant.answer(questions[-1] if questions else "", rules)
    prompts = [message.content for message in body.messages]
    completion = complete(prompts, reply, body.max_tokens, body.n)
    if body.stream:
        return StreamingResponse(stream(completion), media_type="text/event-stream")
    return completion
