package app.gasket.ui

import android.text.format.Formatter
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R

/** Why there is nothing from before: that history was damaged, and can be kept or forgotten. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun DamagedHistories(
    chores: HistoryChores,
    actions: Actions,
) {
    val damaged by chores.damaged.collectAsState()
    val newest = damaged.firstOrNull() ?: return
    val context = LocalContext.current
    val size = Formatter.formatShortFileSize(context, damaged.sumOf { it.bytes })
    Card(Modifier.fillMaxWidth().padding(horizontal = 16.dp, vertical = 8.dp)) {
        Column(Modifier.padding(start = 16.dp, end = 16.dp, top = 16.dp, bottom = 8.dp)) {
            Text(
                stringResource(R.string.damaged_history, momentText(context, newest.foundMs), size),
                style = MaterialTheme.typography.bodyMedium,
            )
            FlowRow {
                TextButton(onClick = actions.documents::saveDamaged) { Text(stringResource(R.string.damaged_history_save)) }
                TextButton(onClick = chores::deleteDamaged) { Text(stringResource(R.string.damaged_history_delete)) }
            }
        }
    }
}
