package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier

/** In one line where there is room for all; else, with large letters on a small screen, one beneath the other, none narrowed. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun BesideOrBeneath(
    modifier: Modifier = Modifier,
    arrangement: Arrangement.Horizontal = Arrangement.SpaceBetween,
    content: @Composable () -> Unit,
) = FlowRow(
    modifier.fillMaxWidth(),
    horizontalArrangement = arrangement,
    itemVerticalAlignment = Alignment.CenterVertically,
) { content() }
