package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Card
import androidx.compose.material3.FilterChip
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.IdentifierKind
import app.gasket.rules.OwnIdentifier

/** The identifiers that the user typed in. */
@Composable
internal fun IdentifiersSection(presenter: IdentifiersPresenter) {
    val state by presenter.state.collectAsState()
    var isAdding by rememberSaveable { mutableStateOf(false) }
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        if (!state.isReadable) {
            val color = MaterialTheme.colorScheme.error
            Text(stringResource(R.string.identifiers_unreadable), color = color, style = MaterialTheme.typography.bodyMedium)
        }
        for (entry in state.entries) Entry(entry) { presenter.forget(entry) }
        if (isAdding) {
            AddForm(presenter) { isAdding = false }
        } else {
            OutlinedButton(
                onClick = {
                    presenter.begin()
                    isAdding = true
                },
            ) { Text(stringResource(R.string.identifiers_add)) }
        }
    }
}

@Composable
private fun Entry(
    entry: OwnIdentifier,
    forget: () -> Unit,
) {
    val kind = IdentifiersPresenter.kindOf(entry.kind)?.let(TITLES::get)?.let { stringResource(it) } ?: entry.kind
    val context = LocalContext.current
    val added = entry.added?.let { stringResource(R.string.identifiers_added, momentText(context, it * MS)) }
    BesideOrBeneath {
        Column {
            Text(kind)
            added?.let { Text(it, style = MaterialTheme.typography.bodySmall) }
        }
        TextButton(onClick = forget) { Text(stringResource(R.string.identifiers_forget)) }
    }
}

@Composable
private fun AddForm(
    presenter: IdentifiersPresenter,
    close: () -> Unit,
) {
    val draft by presenter.draft.collectAsState()
    var kind by rememberSaveable { mutableStateOf(TITLES.keys.first()) }
    // Not saved with the window: what is typed here is to be written down nowhere.
    var value by remember { mutableStateOf("") }
    LaunchedEffect(draft.isDone) { if (draft.isDone) close() }
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            KindChips(kind) { kind = it }
            OutlinedTextField(
                value = value,
                onValueChange = { value = typed(it) },
                label = { Text(stringResource(TITLES.getValue(kind))) },
                isError = draft.problem != null,
                supportingText = { draft.problem?.let { Text(it) } },
                singleLine = true,
                modifier = Modifier.fillMaxWidth(),
            )
            Text(stringResource(R.string.identifiers_kept), style = MaterialTheme.typography.bodySmall)
            BesideOrBeneath(arrangement = Arrangement.End) {
                TextButton(onClick = close) { Text(stringResource(R.string.close)) }
                TextButton(onClick = { presenter.add(kind, value) }, enabled = value.isNotBlank()) {
                    Text(stringResource(R.string.identifiers_take))
                }
            }
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun KindChips(
    chosen: IdentifierKind,
    choose: (IdentifierKind) -> Unit,
) = FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
    for ((offered, title) in TITLES) {
        FilterChip(selected = offered == chosen, onClick = { choose(offered) }, label = { Text(stringResource(title)) })
    }
}

/** What has a written form that one can type in, and what it is called. */
private val TITLES =
    mapOf(
        IdentifierKind.IMEI to R.string.title_imei,
        IdentifierKind.SERIAL to R.string.title_serial,
        IdentifierKind.ICCID to R.string.title_iccid,
        IdentifierKind.IMSI to R.string.title_imsi,
        IdentifierKind.PHONE to R.string.title_phone,
        IdentifierKind.EMAIL to R.string.title_email,
        IdentifierKind.MAC to R.string.title_mac,
        IdentifierKind.ADVERTISING_ID to R.string.title_advertising_id,
        IdentifierKind.DEVICE_ID to R.string.title_device_id,
        IdentifierKind.MEID to R.string.title_meid,
    )

private const val MS = 1_000L
