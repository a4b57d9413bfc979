"""A smoke check: a life of settlements on the chain equals the model in every number, and the logs say the same."""

from benchmarks.gas import terms_of
from penstock.chain.events import settled
from penstock.chain.launch import deploy_system, launch
from penstock.chain.ledger import differences, read_state
from penstock.chain.revm import Revm
from penstock.model.calendar import timestamp
from penstock.model.deal import settle, settle_late
from penstock.model.state import opening_state

USD = 10**6
FLOWS = [400_000 * USD, 100_000 * USD, 0, 1, 2_000_000 * USD]


def test_every_number_equals_the_models_and_the_logs_say_it() -> None:
    chain, terms = Revm(timestamp=timestamp(terms_of().closing)), terms_of(4)
    system = deploy_system(chain)
    asset = chain.deploy(system.artifacts["MockUSD"], 6)
    asset.send("mint", chain.accounts[0], 10**18)
    deal = launch(system, terms, asset, {"operator": chain.accounts[1]}).deal
    asset.send("approve", deal.address, 2**256 - 1)
    state = opening_state(terms)
    for period in range(terms.periods + 1):
        amount = FLOWS[period % len(FLOWS)] + period
        if period < terms.periods:
            chain.set_time(timestamp(terms.payment_dates[period]))
            expected = settle(terms, state, amount)
        else:
            expected = settle_late(terms, state, amount)
        (event,) = [each for each in deal.send("payAndSettle", amount, 1).events(deal.abi) if each.name == "Settled"]
        found = settled(terms, event)
        assert (found.period, found.collections) == (expected.period, amount)
        assert list(found.paid) == [rung.paid for rung in expected.rungs]
        assert (list(found.reserves), list(found.passes_needed)) == (state.reserves, state.passes_needed)
        nothing = [0] * len(terms.tranches)
        assert differences(read_state(deal, terms), state, nothing, [0] * len(terms.fees)) == []
