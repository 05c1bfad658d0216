"""The list of a company's dimensions: Sage's own, and those the company defined (§6.7).

Names and members are documented; how an endpoint is written is ours, as is what is switched on in the general
ledger: everything.
"""

from typing import Any, Final

from intacct_sandbox.objects import custom, registry
from intacct_sandbox.rest.answers import Answer, models
from intacct_sandbox.rest.callers import Caller, Sandbox

DIMENSIONS: Final = "services/company-config/dimensions/list"
# Name on the wire -> label, and object.
_STANDARD: Final = (
    ("LOCATION", "Location", "company-config/location"),
    ("DEPARTMENT", "Department", "company-config/department"),
    ("PROJECT", "Project", "projects/project"),
    ("CUSTOMER", "Customer", "accounts-receivable/customer"),
    ("VENDOR", "Vendor", "accounts-payable/vendor"),
    ("EMPLOYEE", "Employee", "company-config/employee"),
    ("ITEM", "Item", "inventory-control/item"),
    ("CLASS", "Class", "company-config/class"),
    ("CONTRACT", "Contract", "contracts/contract"),
    ("TASK", "Task", "projects/task"),
    ("WAREHOUSE", "Warehouse", "inventory-control/warehouse"),
    ("COSTTYPE", "Cost type", "construction/cost-type"),
    ("FIXEDASSET", "Asset", "fixed-assets/asset"),
)


def list_dimensions(sandbox: Sandbox, caller: Caller) -> Answer:
    """`GET /services/company-config/dimensions/list`."""
    additions = custom.of(sandbox.store, caller.access.company.key)
    standard = [
        _dimension(name, label, target, is_own=False)
        for name, label, target in _STANDARD
        if target in registry.ALL
    ]
    own = [
        _dimension(one.name.upper(), one.label, one.object_name, is_own=True) for one in additions.dimensions
    ]
    return models([*standard, *own])


def _dimension(name: str, label: str, target: str, *, is_own: bool) -> dict[str, Any]:
    return {
        "dimensionName": name,
        "dimensionLabel": label,
        "termName": label,
        "isUserDefinedDimension": is_own,
        "isEnabledInGL": True,
        "dimensionEndpoint": f"/objects/{target}",
    }
