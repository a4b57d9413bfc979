"""`penstock deploy --export` and `--export-safe`: what is left of a deployment, for others to sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from penstock.cli.pages import deployment as pages
from penstock.format import counted
from penstock.report import tables

if TYPE_CHECKING:
    from penstock.deploy.plan import Order
    from penstock.evm.networks import Network
    from penstock.evm.retry import RetryingRpc


def export_deployment(
    chain: RetryingRpc,
    way: Network,
    order: Order,
    file: Path,
    export: Path | None,
    export_safe: Path | None,
    show: pages.Costs,
) -> None:
    """Shows the plan and writes it; of a deployment that others have carried out, writes the manifest."""
    from penstock.deploy import resume
    from penstock.deploy.export import export_safe as write_safe
    from penstock.deploy.export import export_unsigned
    from penstock.deploy.preflight import make_plan
    from penstock.deploy.rebuild import adopt

    console = tables.console()
    resume.set_aside_if_gone(chain, file)
    resume.require_same_deal(chain, order, file)
    plan = make_plan(chain, way, order)
    resume.require_same_place(plan, file)
    if not plan.to_do:
        made = adopt(chain, way, plan, file)
        console.print(pages.rebuilt_page(made, str(file)))
        return
    title = f"Deploy {order.terms.name}"
    console.print(pages.plan_page(chain, plan, show, sending=True))
    lines = []
    if export_safe:
        lines.append("the gas of a Safe's batch is paid by whoever executes it")
    if export:
        made_one = export_unsigned(chain, plan.name, plan.to_do, title, export)
        lines.append(f"exported {counted(made_one.steps, 'transaction')}, to be sent {made_one.order}: {made_one.file}")
    if export_safe:
        for each in write_safe(chain, order.sponsor, plan.to_do, title, export_safe):
            steps = counted(each.steps, "transaction")
            lines.append(f"exported {steps} of the Safe {order.sponsor}, {each.order}: {each.file}")
    lines.append("nothing was sent; the same command, once they are executed, finds them and writes the manifest")
    console.print(Text("\n".join(lines)))
