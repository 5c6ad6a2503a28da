package app.gasket.rules

/** Rule files for tests. */
internal object RuleFiles {
    /** Fits every question for, and request to, the registration's server: its lines say enough. */
    const val BY_NAME = """
title: Registration by name
id: 00000000-0000-4000-8000-000000000011
status: test
level: low
description: Any request to the registration's server.
references: [https://example.org/registration]
logsource: {product: android, category: flow}
detection:
  host: {http.host: zzhc.vnet.cn}
  condition: host
falsepositives: [none known]
custom:
  family: Examples
  action: warn
  confidence: suspected
  breakage: not known
  receipt: This app spoke to the registration's server.
  tests:
    match: [{http.host: zzhc.vnet.cn}]
    no_match: [{http.host: other.example}]
"""

    /** Asks for the query, which no line has. */
    val BY_QUERY =
        BY_NAME
            .replace("0000000011", "0000000012")
            .replace("condition: host", "query: {http.query|contains: imei=}\n  condition: host and query")
            .replace("match: [{http.host: zzhc.vnet.cn}]", "match: [{http.host: zzhc.vnet.cn, http.query: imei=1}]")

    /** A slip of the pen in its fifth line. */
    val BROKEN = BY_NAME.replace("level: low", "level: lo")
}
