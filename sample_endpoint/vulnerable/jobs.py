"""Prediction jobs."""

# ruff: noqa: S608, S701

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from jinja2 import Environment

from sample_endpoint.core.accounts import Account
from sample_endpoint.core.jobs import COLUMNS, to_job
from sample_endpoint.core.schemas import Job, JobList
from sample_endpoint.vulnerable.auth import current_account, get_services
from sample_endpoint.vulnerable.schemas import JobRequest

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post("", status_code=HTTPStatus.CREATED)
def create_job(
    request: Request, body: JobRequest, caller: Annotated[Account, Depends(current_account)]
) -> Job:
    """Score a text and keep the outcome."""
    services = get_services(request)
    sentiment = services.model.predict(body.text)
    environment = Environment()  # weakness: autoescape-b
    template = environment.from_string(f"Job {body.label}: {{{{ label }}}}")  # weakness: template
    job = services.jobs.add(
        job_id=str(next(request.app.state.job_numbers)),
        owner=caller.name,
        label=body.label,
        text=body.text,
        summary=template.render(label=sentiment.label),
        sentiment=sentiment,
    )
    services.audit.record(caller.name, "create job", job.id)
    return Job.of(job)


@router.get("")
def list_jobs(
    request: Request, caller: Annotated[Account, Depends(current_account)], q: str = ""
) -> JobList:
    """List the caller's jobs."""
    jobs = get_services(request).jobs
    where = f"owner = '{caller.name}' AND label LIKE '%{q}%'"
    query = f"SELECT {COLUMNS} FROM jobs WHERE {where}"  # weakness: sql-b
    with jobs.lock:
        rows = jobs.connection.execute(query).fetchall()  # weakness: sql
    return JobList(jobs=[Job.of(to_job(row)) for row in rows])


@router.get("/{job_id}", dependencies=[Depends(current_account)])
def read_job(request: Request, job_id: str) -> Job:
    """Show a job."""
    job = get_services(request).jobs.get(job_id)
    if job is None:
        raise HTTPException(404, "no such job")
    return Job.of(job)


@router.delete("/{job_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_job(
    request: Request, job_id: str, caller: Annotated[Account, Depends(current_account)]
) -> None:
    """Delete a job."""
    services = get_services(request)
    if services.jobs.get(job_id) is None:
        raise HTTPException(404, "no such job")
    services.jobs.delete(job_id)
    services.audit.record(caller.name, "delete job", job_id)
