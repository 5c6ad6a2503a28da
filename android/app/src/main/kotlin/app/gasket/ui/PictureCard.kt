package app.gasket.ui

import android.content.res.Resources
import android.text.format.DateFormat
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Card
import androidx.compose.material3.FilterChip
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import app.gasket.R
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale

/** What was stopped today or this week, drawn, and in words for whoever does not see it. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun PictureCard(picture: Picture) {
    var isWeek by rememberSaveable { mutableStateOf(false) }
    val words = PictureWords(LocalResources.current)
    val bars = if (isWeek) picture.week else picture.today
    Card(Modifier.widthIn(max = 560.dp).fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Text(stringResource(R.string.stopped), Modifier.semantics { heading() }, style = MaterialTheme.typography.titleMedium)
            FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                FilterChip(selected = !isWeek, onClick = { isWeek = false }, label = { Text(stringResource(R.string.today)) })
                FilterChip(selected = isWeek, onClick = { isWeek = true }, label = { Text(stringResource(R.string.seven_days)) })
            }
            val description = words.describe(bars, isWeek)
            Column(Modifier.clearAndSetSemantics { contentDescription = description }) {
                Bars(bars.map { it.count }, MaterialTheme.colorScheme.primary, MaterialTheme.colorScheme.outlineVariant)
                Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.SpaceBetween) {
                    // A day's letter stands beneath its bar; an hour's number at its moment.
                    val place = if (isWeek) Modifier.weight(1f) else Modifier
                    for (label in words.axis(bars, isWeek)) {
                        Text(label, place, textAlign = TextAlign.Center, style = MaterialTheme.typography.labelSmall)
                    }
                }
            }
            if (picture.kinds.isNotEmpty()) {
                Text(stringResource(R.string.stopped_kinds), Modifier.semantics { heading() }, style = MaterialTheme.typography.titleSmall)
            }
            for ((kind, count) in picture.kinds) {
                Row(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}) {
                    Text(stringResource(shortNameOf(kind)), Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
                    Text(words.number(count), style = MaterialTheme.typography.bodyMedium)
                }
            }
        }
    }
}

/** The first one stands where one begins to read. */
@Composable
private fun Bars(
    counts: List<Int>,
    color: Color,
    ground: Color,
) {
    val most = counts.max().coerceAtLeast(1)
    Canvas(Modifier.fillMaxWidth().height(HEIGHT)) {
        val step = size.width / counts.size
        val width = step * BAR_PART
        counts.forEachIndexed { index, count ->
            val place = if (layoutDirection == LayoutDirection.Rtl) counts.lastIndex - index else index
            val left = place * step + (step - width) / 2
            val height = size.height * count / most
            val radius = CornerRadius(minOf(width * ROUNDED, height * ROUNDED, MOST_ROUNDED.toPx()))
            drawRoundRect(color, Offset(left, size.height - height), Size(width, height), radius)
        }
        drawLine(ground, Offset(0f, size.height), Offset(size.width, size.height), strokeWidth = 1.dp.toPx())
    }
}

private val HEIGHT = 96.dp

/** The rest is the gap to the next one. */
private const val BAR_PART = 0.7f

private const val ROUNDED = 0.25f
private val MOST_ROUNDED = 3.dp

private const val HOURS = 24
private const val HOURS_OF_A_QUARTER = 6

/** Hours that a day's axis names. */
private val QUARTERS = 0..HOURS step HOURS_OF_A_QUARTER

/** A picture in words. */
internal class PictureWords(
    private val resources: Resources,
) {
    private val locale: Locale = resources.configuration.locales[0]
    private val hour = DateTimeFormatter.ofLocalizedTime(FormatStyle.SHORT).withLocale(locale)
    private val day = DateTimeFormatter.ofPattern(DateFormat.getBestDateTimePattern(locale, "EEEE"), locale)
    private val shortDay = DateTimeFormatter.ofPattern(DateFormat.getBestDateTimePattern(locale, "EEEEE"), locale)

    fun number(count: Int): String = String.format(locale, "%d", count)

    /** What every bar that stands says; for none, that there is none. */
    fun describe(
        bars: List<Picture.Bar>,
        isWeek: Boolean,
    ): String {
        val said =
            bars.filter { it.count > 0 }.map {
                val name = it.start.format(if (isWeek) day else hour)
                resources.getString(R.string.bar, name, number(it.count))
            }
        if (said.isEmpty()) return resources.getString(R.string.nothing_stopped)
        val title = if (isWeek) R.string.stopped_by_day else R.string.stopped_by_hour
        return resources.getString(title, said.joinToString("; "))
    }

    /** What stands beneath the bars: every day's letter, or the day's quarters. */
    fun axis(
        bars: List<Picture.Bar>,
        isWeek: Boolean,
    ): List<String> {
        val letter = { start: ZonedDateTime -> start.format(shortDay) }
        return if (isWeek) bars.map { letter(it.start) } else QUARTERS.map(::number)
    }
}
