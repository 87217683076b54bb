"""What is done through the Graph SDKs, set by set; test_surface.py does it.

ROUNDS is the table of sets that can be added to. READ has those that nobody can add to. AREAS says
of each area what it allows and which of the two, or which test of its own, has it.
"""

import dataclasses
import datetime

from graph_client import model

BOTH = ("v1.0", "beta")
V1 = ("v1.0",)
BETA = ("beta",)
SOON = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
LATER = datetime.datetime(2031, 6, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass
class Of:
    """A value of a model class, and what is set in it; enumerations by their member's value."""

    path: str
    members: dict

    def made(self, version):
        out = model(version, self.path)()
        for name, value in self.members.items():
            setattr(out, name, made(version, value))
        return out


def of(path, **members):
    return Of(path, members)


@dataclasses.dataclass
class Member:
    """A member of an enumeration."""

    path: str
    value: str


def made(version, value):
    if isinstance(value, Of):
        return value.made(version)
    if isinstance(value, Member):
        return model(version, value.path)(value.value)
    return [made(version, it) for it in value] if isinstance(value, list) else value


@dataclasses.dataclass
class Round:
    """What can be done in a set. `path` is how the SDK spells it; `[name]` is the id of the line of
    that name."""

    area: str
    versions: tuple
    path: str
    new: Of
    change: Of | None = None
    # The line's own name, when others lie inside.
    name: str | None = None
    deletes: bool = True
    # Can one be read by its id?
    reads: bool = True
    person: bool = False
    # What is kept of what was sent, when that is not all.
    told: tuple | None = None


HUNT = "DeviceProcessEvents | where FileName =~ 'psexec.exe' | take 10"
CASE = "security.cases.ediscovery_cases"
ROUNDS = [
    Round(
        "detection-rules",
        BETA,
        "security.rules.detection_rules",
        of(
            "security.detection_rule",
            display_name="Psexec",
            is_enabled=True,
            query_condition=of("security.query_condition", query_text=HUNT),
            schedule=of("security.rule_schedule", period="1H"),
            detection_action=of(
                "security.detection_action",
                alert_template=of(
                    "security.alert_template",
                    title="Psexec was run",
                    description="by somebody",
                    category="Execution",
                    severity=Member("security.alert_severity", "medium"),
                    mitre_techniques=["T1570"],
                ),
            ),
        ),
        of("security.detection_rule", display_name="Psexec, renamed", is_enabled=False),
    ),
    Round(
        "security-actions",
        BETA,
        "security.security_actions",
        of(
            "security_action",
            name="blockIp",
            action_reason="seen scanning",
            client_context="ticket 7",
            parameters=[of("key_value_pair", name="ip", value="203.0.113.9")],
            vendor_information=of("security_vendor_information", provider="P", vendor="V"),
        ),
        deletes=False,
    ),
    Round(
        "attack-simulation",
        BOTH,
        "security.attack_simulation.simulations",
        of(
            "simulation",
            display_name="Spring",
            description="first of the year",
            attack_technique=Member("simulation_attack_technique", "credentialHarvesting"),
            attack_type=Member("simulation_attack_type", "social"),
            duration_in_days=3,
            included_account_target=of(
                "address_book_account_target_content",
                type=Member("account_target_content_type", "addressBook"),
                account_target_emails=["a@contoso.example"],
            ),
        ),
        of("simulation", display_name="Spring, renamed"),
    ),
    Round(
        "attack-simulation",
        BETA,
        "security.attack_simulation.training_campaigns",
        of("training_campaign", display_name="Basics", description="for all"),
        of("training_campaign", description="for everybody"),
    ),
    Round(
        "ediscovery",
        BOTH,
        CASE,
        of("security.ediscovery_case", display_name="Leak", external_id="x-1"),
        of("security.ediscovery_case", description="what left the house"),
        name="case",
    ),
    Round(
        "ediscovery",
        BOTH,
        f"{CASE}[case].custodians",
        of("security.ediscovery_custodian", email="mara@contoso.example"),
        deletes=False,
    ),
    Round(
        "ediscovery",
        BOTH,
        f"{CASE}[case].searches",
        of(
            "security.ediscovery_search",
            display_name="Mails",
            content_query="subject:secret",
            data_source_scopes=Member("security.data_source_scopes", "allTenantMailboxes"),
        ),
        of("security.ediscovery_search", content_query="subject:secret AND kind:email"),
    ),
    Round(
        "ediscovery",
        BOTH,
        f"{CASE}[case].tags",
        of(
            "security.ediscovery_review_tag",
            display_name="Responsive",
            child_selectability=Member("security.child_selectability", "Many"),
        ),
        of("security.ediscovery_review_tag", description="to be handed over"),
    ),
    Round(
        "ediscovery",
        BOTH,
        f"{CASE}[case].review_sets",
        of("security.ediscovery_review_set", display_name="Round one"),
        name="review",
        deletes=False,
    ),
    Round(
        "ediscovery",
        BOTH,
        f"{CASE}[case].review_sets[review].queries",
        of(
            "security.ediscovery_review_set_query",
            display_name="Of Mara",
            content_query='(Author="mara")',
        ),
        of("security.ediscovery_review_set_query", content_query='(Author="mara s")'),
    ),
    Round(
        "ediscovery",
        BETA,
        f"{CASE}[case].legal_holds",
        of(
            "security.ediscovery_hold_policy",
            display_name="Keep",
            is_enabled=True,
            content_query="from:mara",
        ),
        of("security.ediscovery_hold_policy", description="until the end"),
    ),
    Round(
        "audit-log-queries",
        BOTH,
        "security.audit_log.queries",
        of(
            "security.audit_log_query",
            display_name="Who looked",
            filter_start_date_time=SOON,
            filter_end_date_time=LATER,
            operation_filters=["MailItemsAccessed"],
            record_type_filters=[Member("security.audit_log_record_type", "ExchangeItem")],
        ),
        deletes=False,
    ),
    Round(
        "threat-assessment",
        BOTH,
        "information_protection.threat_assessment_requests",
        of(
            "url_assessment_request",
            url="http://bad.example/",
            expected_assessment=Member("threat_expected_assessment", "block"),
            category=Member("threat_category", "phishing"),
        ),
        deletes=False,
        person=True,
    ),
    Round(
        "records-management",
        BOTH,
        "security.labels.retention_labels",
        of(
            "security.retention_label",
            display_name="Seven years",
            description_for_admins="books",
            retention_trigger=Member("security.retention_trigger", "dateLabeled"),
            behavior_during_retention_period=Member(
                "security.behavior_during_retention_period", "retain"
            ),
            action_after_retention_period=Member(
                "security.action_after_retention_period", "delete"
            ),
            default_record_behavior=Member("security.default_record_behavior", "startLocked"),
            retention_duration=of("security.retention_duration_in_days", days=2557),
        ),
        of("security.retention_label", description_for_users="kept"),
        person=True,
    ),
    Round(
        "records-management",
        BOTH,
        "security.trigger_types.retention_event_types",
        of("security.retention_event_type", display_name="Leaving", description="of people"),
        of("security.retention_event_type", description="of staff"),
        person=True,
    ),
    Round(
        "records-management",
        BOTH,
        "security.triggers.retention_events",
        of(
            "security.retention_event",
            display_name="Mara leaves",
            event_trigger_date_time=SOON,
            event_queries=[
                of(
                    "security.event_query",
                    query="mara",
                    query_type=Member("security.query_type", "messages"),
                )
            ],
        ),
        person=True,
    ),
    Round(
        "records-management",
        V1,
        "security.labels.authorities",
        of("security.authority_template", display_name="Tax office"),
        person=True,
    ),
    Round(
        "ti-indicators",
        BETA,
        "security.ti_indicators",
        of(
            "ti_indicator",
            action=Member("ti_action", "alert"),
            description="seen in a mail",
            expiration_date_time=SOON,
            target_product="Azure Sentinel",
            threat_type="Phishing",
            tlp_level=Member("tlp_level", "amber"),
            domain_name="bad.example",
            confidence=80,
        ),
        of(
            "ti_indicator",
            expiration_date_time=LATER,
            target_product="Azure Sentinel",
            confidence=20,
        ),
    ),
    Round(
        "threat-submission",
        BETA,
        "security.threat_submission.email_threats",
        of(
            "security.email_url_threat_submission",
            message_url="https://mail.example/messages/1",
            recipient_email_address="mara@contoso.example",
            category=Member("security.submission_category", "phishing"),
        ),
        deletes=False,
        told=("recipient_email_address", "category"),
    ),
    Round(
        "threat-submission",
        BETA,
        "security.threat_submission.url_threats",
        of(
            "security.url_threat_submission",
            web_url="http://bad.example/login",
            category=Member("security.submission_category", "phishing"),
        ),
        deletes=False,
    ),
    Round(
        "threat-submission",
        BETA,
        "security.threat_submission.email_threat_submission_policies",
        of(
            "security.email_threat_submission_policy",
            is_report_to_microsoft_enabled=False,
            is_review_email_notification_enabled=True,
        ),
        of("security.email_threat_submission_policy", is_review_email_notification_enabled=False),
    ),
    Round(
        "subject-rights-requests",
        BOTH,
        "security.subject_rights_requests",
        of(
            "subject_rights_request",
            display_name="Mara asks",
            type=Member("subject_rights_request_type", "export"),
            data_subject_type=Member("data_subject_type", "customer"),
            data_subject=of("data_subject", first_name="Mara", email="mara@contoso.example"),
            regulations=["GDPR"],
            internal_due_date_time=SOON,
        ),
        of("subject_rights_request", internal_due_date_time=LATER),
        name="request",
        deletes=False,
        person=True,
    ),
    Round(
        "subject-rights-requests",
        BOTH,
        "security.subject_rights_requests[request].notes",
        of(
            "authored_note",
            content=of(
                "item_body", content="called back", content_type=Member("body_type", "text")
            ),
        ),
        reads=False,
        deletes=False,
        person=True,
    ),
    Round(
        "case-management",
        BETA,
        "security.case_management.cases",
        of("security.case_management.generic_case", display_name="Odd logins"),
        of("security.case_management.generic_case", display_name="Odd logins, again"),
        name="matter",
    ),
    Round(
        "case-management",
        BETA,
        "security.case_management.cases[matter].tasks",
        of(
            "security.case_management.task",
            display_name="Call Mara",
            priority=Member("security.case_management.case_task_priority", "high"),
            due_date_time=SOON,
        ),
        of("security.case_management.task", closing_notes="she was abroad"),
    ),
    Round(
        "case-management",
        BETA,
        "security.case_management.cases[matter].activities",
        of("security.case_management.comment", message="looked at"),
        of("security.case_management.comment", message="looked at twice"),
    ),
    Round(
        "zones",
        BETA,
        "security.zones",
        of("security.zone", display_name="Plant", description="the old one"),
        of("security.zone", description="the new one"),
        name="zone",
    ),
    Round(
        "zones",
        BETA,
        "security.zones[zone].environments",
        of(
            "security.environment",
            id="5e7d3c1a-0000-4000-8000-00000000000a",
            kind=Member("security.environment_kind", "azureSubscription"),
        ),
        reads=False,
    ),
    Round(
        "workbooks",
        BETA,
        "security.workbooks",
        of("security.workbook", name="Board"),
        of("security.workbook", name="Board, renamed"),
    ),
]

# Sets that only the product itself, or a connector, fills.
READ = [
    ("alerts-v2", BOTH, "security.alerts_v2"),
    ("incidents", BOTH, "security.incidents"),
    ("legacy-alerts", BOTH, "security.alerts"),
    ("incident-tasks", BETA, "security.incident_tasks"),
    ("identities", BOTH, "security.identities.sensors"),
    ("identities", BOTH, "security.identities.health_issues"),
    ("identities", BOTH, "security.identities.identity_accounts"),
    ("information-protection-labels", V1, "security.data_security_and_governance.sensitivity_labels"),
    ("information-protection-labels", BETA, "security.information_protection.sensitivity_labels"),
    ("secure-scores", BOTH, "security.secure_scores"),
    ("secure-scores", BOTH, "security.secure_score_control_profiles"),
    ("threat-intelligence", BOTH, "security.threat_intelligence.articles"),
    ("threat-intelligence", BOTH, "security.threat_intelligence.intel_profiles"),
    ("partner-security", BETA, "security.partner.security_alerts"),
    ("security-copilot", BETA, "security.security_copilot.workspaces"),
    ("bitlocker", BOTH, "information_protection.bitlocker.recovery_keys"),
]

# Area: what it allows, and what tests it through an SDK.
AREAS = {
    "advanced-hunting": ("an action", "test_msgraph.test_a_hunt"),
    "alerts-v2": ("read, change, comment, make", "test_an_alert"),
    "analyzed-emails": ("read, within a time", "test_analyzed_emails"),
    "attack-simulation": ("make, read, change, delete", "ROUNDS"),
    "audit-log-queries": ("make, read", "ROUNDS"),
    "bitlocker": ("read", "READ"),
    "case-management": ("make, read, change, delete", "ROUNDS"),
    "custom-tags": ("make, read, change, delete", "test_custom_tags"),
    "data-discovery": ("read", "READ has none: the SDK has no such builder for what is served"),
    "detection-rules": ("make, read, change, delete", "ROUNDS"),
    "ediscovery": ("make, read, change, delete", "ROUNDS"),
    "identities": ("read, change; settings can be written", "READ, test_identity_settings"),
    "incident-tasks": ("read", "READ"),
    "incidents": ("read, change, comment", "test_msgraph"),
    "information-protection-labels": ("read", "READ"),
    "legacy-alerts": ("read, change", "test_an_alert"),
    "partner-security": ("read, change", "READ"),
    "records-management": ("make, read, change, delete", "ROUNDS"),
    "secure-scores": ("read, change", "READ"),
    "security-actions": ("make, read, cancel", "ROUNDS"),
    "security-copilot": ("read; sessions of workspaces, of which nobody makes any", "READ"),
    "subject-rights-requests": ("make, read, change", "ROUNDS"),
    "subscriptions": ("make, read, change, delete, and be told", "test_a_subscription"),
    "threat-assessment": ("make, read", "ROUNDS"),
    "threat-intelligence": ("read", "READ"),
    "threat-submission": ("make, read; policies also change, delete", "ROUNDS"),
    "ti-indicators": ("make, read, change, delete, in bulk", "ROUNDS, test_indicators_in_bulk"),
    "workbooks": ("make, read, change, delete", "ROUNDS"),
    "zones": ("make, read, change, delete", "ROUNDS"),
}
