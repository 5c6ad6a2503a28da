package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.PackVersion
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.stateIn
import java.time.LocalDate
import java.time.format.DateTimeFormatter
import java.time.format.DateTimeParseException
import java.time.format.FormatStyle

/** Which Gasket this is. */
data class AboutState(
    val version: String,
    /** Null while it is read, or if it cannot be. */
    val pack: PackVersion? = null,
)

/** Says which Gasket, with which rules. */
class AboutPresenter(
    scope: CoroutineScope,
    version: String,
    read: () -> PackVersion?,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    val state: StateFlow<AboutState> =
        flow { emit(AboutState(version, read())) }.flowOn(dispatcher).stateIn(scope, WhileShown, AboutState(version))
}

/** Version, rules, what Gasket cannot see, and the way to the licences. */
@Composable
internal fun AboutSection(
    presenter: AboutPresenter,
    showLicences: () -> Unit,
) {
    val state by presenter.state.collectAsState()
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Text(stringResource(R.string.about_version, state.version), style = MaterialTheme.typography.bodyMedium)
        state.pack?.let {
            Text(stringResource(R.string.about_rules, dayText(it.date), it.fingerprint), style = MaterialTheme.typography.bodyMedium)
        }
        Text(stringResource(R.string.about_unseen), style = MaterialTheme.typography.bodyMedium)
        OutlinedButton(onClick = showLicences) { Text(stringResource(R.string.licences)) }
    }
}

/** A day as people write it here; as it is, if it is none. */
@Composable
private fun dayText(day: String): String {
    val locale = LocalConfiguration.current.locales[0]
    return try {
        LocalDate.parse(day).format(DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM).withLocale(locale))
    } catch (_: DateTimeParseException) {
        day
    }
}
