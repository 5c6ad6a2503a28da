"""A requests session: kept-alive GETs, a POST, a redirect that is not there."""

import sys

import requests

base = sys.argv[1]
with requests.Session() as session:
    for _ in range(5):
        answer = session.get(f"{base}/hello.txt", timeout=20)
        answer.raise_for_status()
        assert answer.text == "hello from the shop\n", answer.text
    answer = session.post(f"{base}/order", json={"article": "lamp", "count": 2}, timeout=20)
    assert answer.json()["resultDesc"] == "Success", answer.text
    assert session.get(f"{base}/missing", timeout=20).status_code == 404
print("session done")
