"""Keeps a bot within the rate that its messenger accepts."""

import asyncio


class Throttle:
    """Gives out slots 1/rate apart; whoever comes too early sleeps until the slot begins."""

    def __init__(self, rate):
        self.interval = 1 / rate
        self.next_slot = 0.0

    async def wait(self):
        now = asyncio.get_running_loop().time()
        slot = max(now, self.next_slot)
        self.next_slot = slot + self.interval
        await asyncio.sleep(slot - now)
