package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Card
import androidx.compose.material3.FilterChip
import androidx.compose.material3.LocalTextStyle
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.DnsServers

/** Where names are asked for: at the network's servers, or at the user's own. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun DnsSection(
    servers: List<String>,
    presenter: DnsPresenter,
) {
    val draft by presenter.draft.collectAsState()
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        FilterChip(
            selected = servers.isEmpty(),
            onClick = presenter::followNetwork,
            label = { Text(stringResource(R.string.dns_network)) },
        )
        FilterChip(selected = servers.isNotEmpty(), onClick = presenter::begin, label = { Text(stringResource(R.string.dns_own)) })
    }
    for (server in servers) Text(apart(server, LocalResources.current), style = MaterialTheme.typography.bodyMedium)
    if (draft.isOpen) DnsForm(servers, draft, presenter)
}

@Composable
private fun DnsForm(
    servers: List<String>,
    draft: DnsDraft,
    presenter: DnsPresenter,
) {
    var typed by rememberSaveable { mutableStateOf(servers.joinToString(", ")) }
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            OutlinedTextField(
                value = typed,
                onValueChange = { typed = typed(it) },
                label = { Text(stringResource(R.string.dns_addresses)) },
                textStyle = LocalTextStyle.current.copy(textDirection = TextDirection.Ltr),
                isError = draft.refusal != null,
                supportingText = { Text(draft.refusal?.let { textOf(it) } ?: stringResource(R.string.dns_examples)) },
                modifier = Modifier.fillMaxWidth(),
            )
            BesideOrBeneath(arrangement = Arrangement.End) {
                TextButton(onClick = presenter::cancel) { Text(stringResource(R.string.cancel)) }
                TextButton(onClick = { presenter.take(typed) }) { Text(stringResource(R.string.dns_take)) }
            }
        }
    }
}

@Composable
private fun textOf(refusal: DnsServers.Refusal): String =
    when (refusal) {
        is DnsServers.Refusal.NoAddress -> stringResource(R.string.dns_no_address, refusal.text)
        is DnsServers.Refusal.NoServer -> stringResource(R.string.dns_no_server, refusal.text)
        is DnsServers.Refusal.TooMany -> pluralStringResource(R.plurals.dns_too_many, DnsServers.MOST, DnsServers.MOST)
    }
