"""Any scan that could be: random text of every kind, lone surrogates included."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st

from scanner.model.attack import AttackPath, Attacks, HeldCode, Part, PartRole
from scanner.model.decision import (
    Decision,
    GatePolicy,
    GateVerdict,
    Group,
    Reason,
    ReasonKind,
    Status,
    Triaged,
)
from scanner.model.evidence import CodeSnippet, Evidence, Exchange, Proof, Request, Response
from scanner.model.finding import Finding, InlineSuppression, RelatedLocation, fingerprinted
from scanner.model.history import Comparison, KnownWeakness, Waiver
from scanner.model.location import CodeLocation, EndpointLocation, Location, ResourceLocation
from scanner.model.outcome import (
    Assessment,
    Completed,
    EngineRun,
    Failed,
    FailureKind,
    Gap,
    Outcome,
    Served,
    Verdict,
)
from scanner.model.plan import LeftOut, LeftOutKind, Plan
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence, Severity, Stage
from tests.reporters import factory

TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    factory.HOSTILE
)
LINE = st.integers(min_value=0, max_value=10**6)
COLUMN = st.none() | st.integers(min_value=0, max_value=500)
CODE = st.builds(
    CodeLocation, path=TEXT, start_line=LINE, end_line=LINE, start_column=COLUMN, end_column=COLUMN
)
LOCATION: st.SearchStrategy[Location] = (
    CODE
    | st.builds(ResourceLocation, address=TEXT, path=TEXT, start_line=LINE, end_line=LINE)
    | st.builds(
        EndpointLocation,
        method=TEXT,
        path=TEXT,
        parameter=st.none() | TEXT,
        handler=st.none() | CODE,
    )
)
HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)
REQUEST = st.builds(Request, method=TEXT, url=TEXT, headers=HEADERS, body=TEXT)
RESPONSE = st.builds(
    Response, status=st.integers(100, 599), headers=HEADERS, body=TEXT, body_bytes=LINE
)
EXCHANGES = st.lists(
    st.builds(
        Exchange,
        label=TEXT,
        request=REQUEST,
        response=st.none() | RESPONSE,
        fault=st.none() | TEXT,
        elapsed_ms=LINE,
    ),
    max_size=2,
).map(tuple)
EVIDENCE: st.SearchStrategy[Evidence] = st.builds(
    CodeSnippet, path=TEXT, start_line=LINE, lines=st.lists(TEXT, max_size=3).map(tuple)
) | st.builds(Proof, oracle=TEXT, exchanges=EXCHANGES, controls=EXCHANGES, replay=TEXT)
GAPS = st.lists(st.builds(Gap, subject=TEXT, reason=TEXT), max_size=2).map(tuple)


WAIVER = st.builds(
    Waiver,
    name=TEXT,
    reason=TEXT,
    owner=TEXT,
    until=st.dates(),
    fingerprint=TEXT,
    rule=TEXT,
    path=TEXT,
)
KNOWN = st.lists(
    st.builds(
        KnownWeakness,
        fingerprints=st.lists(TEXT, min_size=1, max_size=2).map(tuple),
        likenesses=st.lists(TEXT, max_size=2).map(tuple),
        rule_id=TEXT,
        engines=st.lists(TEXT, max_size=2).map(tuple),
        severity=st.sampled_from(Severity),
        path=TEXT,
        place=TEXT,
        message=TEXT,
    ),
    max_size=2,
).map(tuple)
COMPARISON = st.none() | st.builds(
    Comparison,
    source=TEXT,
    commit=TEXT,
    fixed=KNOWN,
    unjudged=KNOWN,
    notes=st.lists(TEXT, max_size=2).map(tuple),
)
SERVED = st.lists(
    st.builds(Served, operation=TEXT, place=TEXT, code=st.lists(CODE, max_size=2).map(tuple)),
    max_size=2,
).map(tuple)
PARTS = st.lists(
    st.builds(Part, role=st.sampled_from(PartRole), fingerprint=TEXT, rule_id=TEXT, place=TEXT),
    max_size=3,
).map(tuple)
ATTACKS = st.builds(
    Attacks,
    paths=st.lists(
        st.builds(
            AttackPath,
            name=TEXT,
            operation=TEXT,
            severity=st.sampled_from(Severity),
            raised=st.booleans(),
            parts=PARTS,
            fix=st.none() | CODE,
        ),
        max_size=2,
    ).map(tuple),
    held=st.lists(
        st.builds(
            HeldCode, fingerprint=TEXT, operation=TEXT, rules=st.lists(TEXT, max_size=2).map(tuple)
        ),
        max_size=2,
    ).map(tuple),
)


@st.composite
def _findings(draw: st.DrawFn) -> Finding:
    rule = draw(st.sampled_from(factory.RULES))
    return Finding(
        engine=rule.engine,
        stage=rule.stage,
        rule_id=rule.id,
        severity=draw(st.sampled_from(Severity)),
        confidence=draw(st.sampled_from(Confidence)),
        message=draw(TEXT),
        location=draw(LOCATION),
        anchor=draw(TEXT),
        related=tuple(
            draw(st.lists(st.builds(RelatedLocation, location=LOCATION, note=TEXT), max_size=2))
        ),
        evidence=tuple(draw(st.lists(EVIDENCE, max_size=2))),
        suppression=draw(
            st.none()
            | st.builds(InlineSuppression, comment=TEXT, reason=TEXT, blanket=st.booleans())
        ),
    )


@st.composite
def _outcomes(draw: st.DrawFn, engine: str, found: tuple[Finding, ...]) -> Outcome:
    own = tuple(finding for finding in found if finding.engine == engine)
    if not own and draw(st.booleans()):
        return draw(st.builds(Failed, kind=st.sampled_from(FailureKind), reason=TEXT, detail=TEXT))
    base = Completed(
        tool_version=draw(TEXT),
        rules=tuple(rule for rule in factory.RULES if rule.engine == engine),
        targets=tuple(draw(st.lists(TEXT, max_size=3))),
        findings=own,
        assessments=tuple(
            draw(
                st.lists(
                    st.builds(
                        Assessment,
                        rule_id=st.sampled_from([rule.id for rule in factory.RULES]),
                        subject=TEXT,
                        verdict=st.sampled_from(Verdict),
                        why=TEXT,
                    ),
                    max_size=3,
                )
            )
        ),
        notes=tuple(draw(st.lists(TEXT, max_size=2))),
        requests=draw(LINE),
        served=draw(SERVED),
    )
    gaps = draw(GAPS)
    return factory.partial(base, *gaps) if gaps else base


@st.composite
def scans(draw: st.DrawFn) -> ScanResult:
    """A consistent scan: each finding in one group and in its engine's outcome."""
    found = fingerprinted(draw(st.lists(_findings(), max_size=4)))
    split = draw(st.integers(1, 2))
    groups = [found[at : at + split] for at in range(0, len(found), split)]
    triaged = tuple(
        Triaged(
            group=Group(
                findings=members,
                severity=max(member.severity for member in members),
                confidence=draw(st.sampled_from(Confidence)),
            ),
            status=draw(st.sampled_from(Status)),
            reason=draw(TEXT),
            waiver=draw(st.none() | WAIVER),
        )
        for members in groups
    )
    engines = {rule.engine: rule.stage for rule in factory.RULES}
    runs = tuple(
        EngineRun(
            engine=engine,
            stage=stage,
            outcome=draw(_outcomes(engine, found)),
            started=draw(st.floats(0, 100)),
            seconds=draw(st.floats(0, 100)),
        )
        for engine, stage in engines.items()
    )
    subjects = st.sampled_from([str(item.group.fingerprint) for item in triaged] or [""]) | TEXT
    started = factory.STARTED + timedelta(microseconds=draw(st.integers(0, 10**12)))
    return ScanResult(
        project=draw(TEXT),
        version=draw(TEXT),
        started=started,
        ended=started + timedelta(seconds=draw(st.floats(0, 1000))),
        plan=Plan(
            root=Path("/srv/private"),
            tasks=draw(st.sampled_from(((), factory.few().plan.tasks))),
            left_out=tuple(
                draw(
                    st.lists(
                        st.builds(
                            LeftOut,
                            engine=TEXT,
                            stage=st.sampled_from(Stage),
                            kind=st.sampled_from(LeftOutKind),
                            reason=TEXT,
                        ),
                        max_size=2,
                    )
                )
            ),
            excluded=draw(GAPS),
            notes=tuple(draw(st.lists(TEXT, max_size=2))),
            limited=draw(TEXT),
        ),
        runs=runs,
        findings=triaged,
        policy=GatePolicy(
            fail_on=draw(st.sampled_from(Severity)),
            required=tuple(draw(st.lists(TEXT, max_size=2))),
            allow_gaps=draw(st.booleans()),
            block_known=draw(st.booleans()),
            waiver_days=draw(LINE),
            waiver_severity=draw(st.none() | st.sampled_from(Severity)),
            observe=draw(st.booleans()),
            name=draw(TEXT),
        ),
        decision=Decision(
            verdict=draw(st.sampled_from(GateVerdict)),
            reasons=tuple(
                draw(
                    st.lists(
                        st.builds(
                            Reason,
                            kind=st.sampled_from(ReasonKind),
                            subject=subjects,
                            text=TEXT,
                            clause=TEXT,
                            mend=TEXT,
                        ),
                        max_size=3,
                    )
                )
            ),
        ),
        catalogue=factory.CATALOGUE,
        comparison=draw(COMPARISON),
        commit=draw(TEXT),
        attacks=draw(ATTACKS),
    )
