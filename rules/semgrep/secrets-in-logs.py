import logging
import os

logger = logging.getLogger(__name__)


def leak(request, settings, password):
    # ruleid: secrets-in-logs
    logger.info("key %s", settings.api_key)
    # ruleid: secrets-in-logs
    logger.debug(f"signing in with {password}")
    # ruleid: secrets-in-logs
    print("token:", os.environ["HF_TOKEN"])
    # ruleid: secrets-in-logs
    logging.warning("headers: %s", dict(request.headers))
    # ruleid: secrets-in-logs
    logger.error("refused " + request.headers.get("authorization"))


def keep(request, settings, api_key, caller, max_tokens):
    # ok: secrets-in-logs
    logger.info("key ending in %s", api_key[-4:])
    # ok: secrets-in-logs
    logger.info("key set: %s", bool(api_key))
    # ok: secrets-in-logs
    logger.info("caller %s, max_tokens %d", caller.id, max_tokens)
    # ok: secrets-in-logs
    logger.warning("no api_key given")
    # ok: secrets-in-logs
    logger.info(f"key {mask(api_key)}")
    # ok: secrets-in-logs
    client.info("session", api_key)
    # ok: secrets-in-logs
    print("password")
    # ok: secrets-in-logs
    logger.info("agent %s", request.headers.get("user-agent"))
