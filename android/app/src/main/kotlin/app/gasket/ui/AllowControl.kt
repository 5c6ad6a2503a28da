package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R

/** Lets an app do as it likes for an hour, says until when, and ends it. */
@Composable
internal fun AllowControl(
    allowedUntilMs: Long?,
    allow: () -> Unit,
    end: () -> Unit,
    modifier: Modifier = Modifier,
) = Column(modifier, verticalArrangement = Arrangement.spacedBy(4.dp)) {
    if (allowedUntilMs == null) {
        OutlinedButton(onClick = allow) { Text(stringResource(R.string.allow_for_an_hour)) }
    } else {
        Text(
            stringResource(R.string.allowed_until, momentText(LocalContext.current, allowedUntilMs)),
            style = MaterialTheme.typography.titleMedium,
        )
        Text(stringResource(R.string.allowed_text), style = MaterialTheme.typography.bodyMedium)
        OutlinedButton(onClick = end) { Text(stringResource(R.string.end_allow)) }
    }
}
