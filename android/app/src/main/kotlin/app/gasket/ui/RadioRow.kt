package app.gasket.ui

import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.selectable
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp

/** One of several choices; all of its line can be touched. */
@Composable
internal fun RadioRow(
    label: String,
    isChosen: Boolean,
    inset: Dp = 0.dp,
    choose: () -> Unit,
) = Row(
    Modifier
        .fillMaxWidth()
        .selectable(isChosen, role = Role.RadioButton, onClick = choose)
        .padding(horizontal = inset),
    verticalAlignment = Alignment.CenterVertically,
) {
    RadioButton(selected = isChosen, onClick = null, modifier = Modifier.padding(12.dp))
    Text(label, Modifier.padding(vertical = 6.dp))
}
