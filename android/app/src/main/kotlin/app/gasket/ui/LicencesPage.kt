package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R

/** What others wrote that is in this app, by licence; the texts open by a touch. */
@Composable
internal fun LicencesPage(
    licences: List<Licence>,
    presenter: LicencesPresenter,
) {
    BackHandler(onBack = presenter::close)
    LazyColumn(Modifier.fillMaxSize()) {
        item("top") {
            Column(Modifier.fillMaxWidth()) {
                TextButton(
                    onClick = presenter::close,
                    Modifier.padding(horizontal = 4.dp, vertical = 8.dp),
                ) { Text(stringResource(R.string.back)) }
                Text(
                    stringResource(R.string.licences),
                    Modifier.padding(horizontal = 16.dp).semantics { heading() },
                    style = MaterialTheme.typography.headlineSmall,
                )
                Text(stringResource(R.string.licences_text), Modifier.padding(16.dp), style = MaterialTheme.typography.bodyMedium)
            }
        }
        items(licences, key = { it.name }) { LicenceCard(it) }
    }
}

@Composable
private fun LicenceCard(licence: Licence) {
    var isOpen by rememberSaveable(licence.name) { mutableStateOf(false) }
    Column(Modifier.fillMaxWidth().padding(horizontal = 16.dp, vertical = 12.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
        Text(licence.name, Modifier.semantics { heading() }, style = MaterialTheme.typography.titleMedium)
        for (part in licence.parts) {
            Text(listOfNotNull(part.name, part.notice).joinToString("\n"), style = MaterialTheme.typography.bodyMedium)
        }
        TextButton(onClick = { isOpen = !isOpen }) {
            Text(stringResource(if (isOpen) R.string.licence_hide else R.string.licence_show, licence.name))
        }
        if (isOpen) Text(licence.text, style = MaterialTheme.typography.bodySmall)
    }
}
