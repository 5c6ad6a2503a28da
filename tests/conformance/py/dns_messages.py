"""Messages made by dnspython, and what it says is in them: a line of JSON each."""

import json
import random

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

chance = random.Random(1035)


def label():
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-_ABC"
    return "".join(chance.choice(letters) for _ in range(chance.choice([1, 2, 5, 20, 63])))


def name():
    labels = [label() for _ in range(chance.choice([1, 2, 2, 3, 4]))]
    while sum(len(part) + 1 for part in labels) > 240:
        labels.pop()
    return ".".join(labels) + "."


def value(kind, names):
    def some():
        return chance.choice(names)

    def v4():
        return "192.0.2.%d" % chance.randrange(256)

    def v6():
        return "2001:db8::%x" % chance.randrange(1, 65536)

    return {
        "A": v4,
        "AAAA": v6,
        "CNAME": some,
        "NS": some,
        "PTR": some,
        "MX": lambda: "10 " + some(),
        "TXT": lambda: '"%s" "x"' % ("t" * chance.randrange(200)),
        "SOA": lambda: "%s %s 1 2 3 4 5" % (some(), some()),
        "SRV": lambda: "1 2 3 " + some(),
        "HTTPS": lambda: chance.choice(
            [
                "1 . alpn=h2 ipv4hint=%s,%s ipv6hint=%s" % (v4(), v4(), v6()),
                "0 " + some(),
                "2 %s port=8443 ipv6hint=%s" % (some(), v6()),
            ]
        ),
    }[kind]()


def shown(text):
    return text.rstrip(".").lower()


def what(record_set, rdata):
    kind = dns.rdatatype.to_text(record_set.rdtype)
    if kind in ("A", "AAAA"):
        value = {"address": rdata.address}
    elif kind == "CNAME":
        value = {"alias": shown(rdata.target.to_text())}
    elif kind in ("HTTPS", "SVCB"):
        hints = []
        for key in (4, 6):
            if key in rdata.params:
                hints += rdata.params[key].addresses
        value = {"service": shown(rdata.target.to_text()), "hints": sorted(hints)}
    else:
        value = {}
    return {"owner": shown(record_set.name.to_text()), "ttl": record_set.ttl, **value}


for number in range(3000):
    names = [name() for _ in range(4)]
    message = dns.message.make_query(names[0], chance.choice(["A", "AAAA", "HTTPS", "TXT"]))
    message.id = number
    if chance.random() < 0.8:
        message.flags |= dns.flags.QR
        for section in (message.answer, message.authority, message.additional):
            for _ in range(chance.choice([0, 1, 3, 8])):
                kind = chance.choice("A AAAA CNAME NS PTR MX TXT SOA SRV HTTPS".split())
                record_set = dns.rrset.from_text(
                    chance.choice(names), chance.randrange(1 << 31), "IN", kind, value(kind, names)
                )
                if record_set not in section:
                    section.append(record_set)
    if chance.random() < 0.5:
        message.use_edns(0, payload=chance.choice([512, 1232, 4096]))
    wire = message.to_wire(max_size=65535)
    # As dnspython itself reads it: it may merge what it was given.
    again = dns.message.from_wire(wire, one_rr_per_rrset=True)
    records = [
        [what(record_set, rdata) for record_set in section for rdata in record_set]
        for section in (again.answer, again.authority, again.additional)
    ]
    question = again.question[0]
    print(
        json.dumps(
            {
                "wire": wire.hex(),
                "id": again.id,
                "response": bool(again.flags & dns.flags.QR),
                "name": shown(question.name.to_text()),
                "type": int(question.rdtype),
                "udp": again.payload if again.edns >= 0 else None,
                "records": records,
            }
        )
    )
