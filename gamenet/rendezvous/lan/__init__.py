"""Finding games on the local network: who looks asks everybody at once, who hosts answers the asker alone.

    packets      what is said: `Ask`, `Offer` with its `Notice`
    sockets      where it is said: multicast on IPv4 and IPv6, every interface and loopback
    announcing   who hosts: answers while it is tended
    looking      who looks: asks again and again, keeps what answers
    choosing     which of the games found is joined, or why none
    transport    `gn.join("lan")`: looks, and then connects as any other

Nothing is said unless somebody looks, and nobody but a host hears it. docs/lan.md tells the rules.
"""
