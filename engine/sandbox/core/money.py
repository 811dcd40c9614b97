"""Opening accounts and moving cash between the outside, the shards and each other."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.units import MicroDollars, dollars
from engine.sandbox.core.access import require_exchange
from engine.sandbox.core.accounts import Account, Deposit
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.state import State


class AccountExists(ValueError):
    """An account of this name is open already."""


def open_account(
    state: State, account_id: str, cash_ud: Mapping[int, MicroDollars], *, is_house: bool
) -> Account:
    """Opens an account with cash on some shards. Raises AccountExists, or Refusal for an unknown shard."""
    if account_id in state.accounts:
        raise AccountExists(f"account {account_id}: open already")
    for shard in cash_ud:
        require_exchange(state, shard)
    cash = {shard: cash_ud.get(shard, 0) for shard in state.rules.shards}
    account = Account(account_id, cash, is_house=is_house)
    if not is_house:
        account.deposits += [
            Deposit(shard, amount_ud, state.clock.now_ns) for shard, amount_ud in cash.items() if amount_ud
        ]
    state.accounts[account_id] = account
    state.dirty.accounts[account_id] = account
    return account


def deposit(state: State, account_id: str, exchange_index: int, amount_ud: MicroDollars) -> None:
    """Raises Refusal unless the amount is above zero and the shard runs."""
    account = state.account(account_id)
    _check(state, amount_ud, exchange_index)
    account.cash_ud[exchange_index] += amount_ud
    account.deposits.append(Deposit(exchange_index, amount_ud, state.clock.now_ns))
    state.dirty.accounts[account_id] = account


def transfer(state: State, account_id: str, from_index: int, to_index: int, amount_ud: MicroDollars) -> None:
    """Moves available cash from one shard to another. Raises Refusal if there is less of it."""
    account = state.account(account_id)
    _check(state, amount_ud, from_index, to_index)
    available_ud = account.available_ud(from_index)
    if amount_ud > available_ud:
        raise Refusal(
            Reason.INSUFFICIENT_BALANCE,
            f"exchange_index {from_index}: needed {dollars(amount_ud)}, had {dollars(available_ud)}",
        )
    account.cash_ud[from_index] -= amount_ud
    account.cash_ud[to_index] += amount_ud
    state.dirty.accounts[account_id] = account


def _check(state: State, amount_ud: MicroDollars, *shards: int) -> None:
    if amount_ud <= 0:
        raise Refusal(Reason.INVALID_PARAMETERS, f"amount: got {dollars(amount_ud)}, wanted above 0")
    for shard in shards:
        require_exchange(state, shard)
