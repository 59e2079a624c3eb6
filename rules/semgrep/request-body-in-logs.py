import json
import logging

logger = logging.getLogger(__name__)


async def chat(request):
    # ruleid: request-body-in-logs
    logger.info("request: %s", request.messages)
    # ruleid: request-body-in-logs
    logger.info(f"body: {await request.json()}")
    # ruleid: request-body-in-logs
    logger.warning("rejected %s", json.dumps(request.json))
    # ok: request-body-in-logs
    logger.info("%d messages", len(request.messages))
    # ok: request-body-in-logs
    logger.debug("request: %s", request.messages)
    # ok: request-body-in-logs
    logger.info("model %s for %s", request.model, request.client.host)
    # ok: request-body-in-logs
    logger.info("no request.json given")
