package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R

/** The whole report, read before it goes anywhere. */
@Composable
internal fun DiagnosticsPage(
    state: DiagnosticsState,
    presenter: DiagnosticsPresenter,
    actions: Actions,
) {
    BackHandler(onBack = presenter::close)
    val text = state.text
    Column(Modifier.fillMaxSize()) {
        BesideOrBeneath(Modifier.padding(horizontal = 4.dp, vertical = 8.dp)) {
            TextButton(onClick = presenter::close) { Text(stringResource(R.string.back)) }
            TextButton(onClick = { text?.let(actions::share) }, enabled = text != null) { Text(stringResource(R.string.share)) }
        }
        Column(
            Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(start = 16.dp, end = 16.dp, bottom = 24.dp),
            verticalArrangement = Arrangement.spacedBy(8.dp),
        ) {
            Text(stringResource(R.string.diagnostics), Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineSmall)
            Text(stringResource(R.string.diagnostics_all), style = MaterialTheme.typography.bodyMedium)
            if (text == null) LinearProgressIndicator(Modifier.fillMaxWidth())
            for (line in text.orEmpty().lines()) Text(line, style = MaterialTheme.typography.bodyMedium)
        }
    }
}
