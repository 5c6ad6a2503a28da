package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.vpn.Question

/** Something that is held until it is answered: who, what, where to. */
@Composable
internal fun QuestionCard(
    question: Question,
    answer: (Boolean) -> Unit,
) = Card(Modifier.widthIn(max = 560.dp).fillMaxWidth()) {
    val resources = LocalResources.current
    val labels = LocalLabels.current
    Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        Text(
            stringResource(R.string.ask_title, ownerName(question.event.app, resources, labels)),
            // It goes again by itself: whoever does not see the screen is told at once.
            Modifier.semantics {
                heading()
                liveRegion = LiveRegionMode.Polite
            },
            style = MaterialTheme.typography.titleMedium,
        )
        for (line in Receipt.of(question.event, resources, labels).lines) Text(line, style = MaterialTheme.typography.bodyMedium)
        FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            Button(onClick = { answer(false) }) { Text(stringResource(R.string.ask_block)) }
            OutlinedButton(onClick = { answer(true) }) { Text(stringResource(R.string.ask_let_through)) }
        }
    }
}
