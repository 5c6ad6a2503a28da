package app.gasket.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import app.gasket.R

/** The families of leaks that no alert is given of, each with the way back. */
@Composable
internal fun MutedSection(
    families: Set<String>,
    unmute: (String) -> Unit,
) = Column {
    for (family in families.sorted()) {
        BesideOrBeneath {
            Text(family, style = MaterialTheme.typography.bodyLarge)
            val meant = stringResource(R.string.unmute_family, family)
            TextButton(onClick = { unmute(family) }, Modifier.semantics { contentDescription = meant }) {
                Text(stringResource(R.string.unmute))
            }
        }
    }
}
