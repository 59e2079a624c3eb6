"""Predictions and models."""

# ruff: noqa: S307

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from sample_endpoint.core.schemas import ModelList, Prediction, Predictions
from sample_endpoint.vulnerable.auth import current_account, get_services
from sample_endpoint.vulnerable.fuses import EVAL_NAMES, PlayPen
from sample_endpoint.vulnerable.schemas import PredictRequest

router = APIRouter()


@router.get("/v1/models", tags=["models"], dependencies=[Depends(current_account)])
def list_models(request: Request) -> ModelList:
    """List the models on offer."""
    return ModelList.of(get_services(request).registry)


@router.get("/v1/models/{name:path}/card", tags=["models"], dependencies=[Depends(current_account)])
def read_model_card(request: Request, name: str) -> PlainTextResponse:
    """Show the card of one model."""
    pen: PlayPen = request.app.state.pen
    model_folder = pen.model_folder
    path = model_folder / f"{name}.md"  # weakness: path-traversal
    return PlainTextResponse(pen.keep_inside(path).read_text(encoding="utf-8"))


@router.post("/v1/predict", tags=["predictions"], dependencies=[Depends(current_account)])
def predict(request: Request, body: PredictRequest) -> Predictions:
    """Score one text or a batch."""
    services = get_services(request)
    predictions = []
    for text in body.all_texts():
        sentiment = services.model.predict(text)
        scale = eval(body.scale, dict(EVAL_NAMES, score=sentiment.score))  # weakness: eval, eval-b
        predictions.append(Prediction(label=sentiment.label, score=sentiment.score * scale))
    return Predictions(model=services.registry.active, predictions=predictions)


@router.post(  # weakness: route-without-auth
    "/invocations", tags=["predictions"], openapi_extra={"security": [{"ApiKey": []}]}
)
def invocations(request: Request, body: PredictRequest) -> Predictions:
    """Score texts for callers that speak the protocol of managed endpoints."""
    return _score(request, body)


@router.post("/v0/predict", include_in_schema=False)
def predict_v0(request: Request, body: PredictRequest) -> Predictions:
    """Score texts as the first version did; kept until the last client has moved."""
    return _score(request, body)


def _score(request: Request, body: PredictRequest) -> Predictions:
    services = get_services(request)
    return Predictions(
        model=services.registry.active,
        predictions=[Prediction.of(services.model.predict(text)) for text in body.all_texts()],
    )
