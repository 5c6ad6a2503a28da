package app.gasket.ui

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.FilterChip
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R

/** One chip for each thing to filter by, in a row that scrolls; a touch shows what there is to choose from. */
@Composable
internal fun FilterChips(
    labels: Map<Facet, String>,
    presenter: HistoryPresenter,
) {
    var asked by rememberSaveable { mutableStateOf<Facet?>(null) }
    Row(
        Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()).padding(horizontal = 16.dp),
        horizontalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        for (facet in Facet.entries) {
            val chosen = labels[facet]
            FilterChip(
                selected = chosen != null,
                onClick = { asked = facet },
                label = { Text(chosen ?: stringResource(nameOf(facet))) },
            )
        }
    }
    asked?.let { facet -> ChoiceDialog(facet, presenter) { asked = null } }
}

@Composable
private fun ChoiceDialog(
    facet: Facet,
    presenter: HistoryPresenter,
    close: () -> Unit,
) {
    val choices by presenter.choices.collectAsState()
    val filters by presenter.filters.collectAsState()
    val all = Choice(stringResource(R.string.filter_any), filters.without(facet))
    AlertDialog(
        onDismissRequest = close,
        confirmButton = { TextButton(onClick = close) { Text(stringResource(R.string.close)) } },
        title = { Text(stringResource(nameOf(facet))) },
        text = {
            LazyColumn {
                items(listOf(all) + choices[facet].orEmpty()) { choice ->
                    RadioRow(choice.label, choice.filters == filters) {
                        presenter.lookFor(choice.filters)
                        close()
                    }
                }
            }
        },
    )
}

private fun nameOf(facet: Facet): Int =
    when (facet) {
        Facet.VERDICT -> R.string.facet_verdict
        Facet.SENDER -> R.string.facet_sender
        Facet.KIND -> R.string.facet_kind
        Facet.COUNTRY -> R.string.facet_country
        Facet.NETWORK -> R.string.facet_network
        Facet.DAY -> R.string.facet_day
    }
