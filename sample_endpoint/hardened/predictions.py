"""Predictions, models and prediction jobs."""

import uuid
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from sample_endpoint.core.accounts import Account
from sample_endpoint.core.jobs import StoredJob
from sample_endpoint.core.schemas import Job, JobList, ModelInfo, ModelList, Prediction, Predictions
from sample_endpoint.core.services import Services
from sample_endpoint.hardened.auth import Caller, get_services, require_account
from sample_endpoint.hardened.errors import ApiError
from sample_endpoint.hardened.schemas import JobRequest, PredictRequest
from sample_endpoint.hardened.throttling import EXPENSIVE, ORDINARY, throttled

MAX_JOBS = 500
"""Jobs that one account may keep."""

JobId = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/v1", dependencies=[Depends(require_account)])


@router.get("/models", tags=["models"])
@throttled(ORDINARY)
def list_models(request: Request) -> ModelList:
    """List the models on offer."""
    services = get_services(request)
    return ModelList.of(services.registry)


@router.get("/models/{name}/card", tags=["models"])
@throttled(ORDINARY)
def read_model_card(request: Request, name: Annotated[str, Path(max_length=64)]) -> ModelInfo:
    """Show one model. The name is looked up among known models; it never becomes a path."""
    services = get_services(request)
    for model in ModelList.of(services.registry).models:
        if model.name == name:
            return model
    raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "There is no such model.")


@router.post("/predict", tags=["predictions"])
@throttled(EXPENSIVE)
def predict(request: Request, body: PredictRequest) -> Predictions:
    """Score one text or a batch."""
    services = get_services(request)
    sentiments = [services.model.predict(text) for text in body.batch()]
    return Predictions(
        model=services.registry.active,
        predictions=[
            Prediction(label=found.label, score=round(found.score * body.scale, 4))
            for found in sentiments
        ],
    )


@router.post("/jobs", tags=["jobs"], status_code=HTTPStatus.CREATED)
@throttled(EXPENSIVE)
def create_job(request: Request, caller: Caller, body: JobRequest) -> Job:
    """Score a text and keep the outcome."""
    services = get_services(request)
    if services.jobs.count(caller.name) >= MAX_JOBS:
        raise ApiError(HTTPStatus.CONFLICT, "too_many_jobs", "Delete jobs before you add more.")
    sentiment = services.model.predict(body.text)
    job = services.jobs.add(
        job_id=str(uuid.uuid4()),
        owner=caller.name,
        label=body.label,
        text=body.text,
        summary=f"Job {body.label}: {sentiment.label}",
        sentiment=sentiment,
    )
    services.audit.record(caller.name, "create job", job.id)
    return Job.of(job)


@router.get("/jobs", tags=["jobs"])
@throttled(ORDINARY)
def list_jobs(
    request: Request,
    caller: Caller,
    q: Annotated[str, Query(max_length=120, description="Part of the label")] = "",
) -> JobList:
    """List the caller's jobs."""
    services = get_services(request)
    return JobList(jobs=[Job.of(job) for job in services.jobs.search(caller.name, q)])


@router.get("/jobs/{job_id}", tags=["jobs"])
@throttled(ORDINARY)
def read_job(request: Request, caller: Caller, job_id: JobId) -> Job:
    """Show one of the caller's jobs."""
    return Job.of(_own_job(get_services(request), caller, job_id))


@router.delete("/jobs/{job_id}", tags=["jobs"], status_code=HTTPStatus.NO_CONTENT)
@throttled(ORDINARY)
def delete_job(request: Request, caller: Caller, job_id: JobId) -> None:
    """Delete one of the caller's jobs."""
    services = get_services(request)
    job = _own_job(services, caller, job_id)
    services.jobs.delete(job.id)
    services.audit.record(caller.name, "delete job", job.id)


def _own_job(services: Services, caller: Account, job_id: str) -> StoredJob:
    """Return a job of the caller's; another's job and no job at all look the same."""
    job = services.jobs.get(job_id)
    if job is None or job.owner != caller.name:
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "There is no such job.")
    return job
