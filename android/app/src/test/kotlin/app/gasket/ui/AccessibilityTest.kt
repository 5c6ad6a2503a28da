package app.gasket.ui

import androidx.activity.ComponentActivity
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.offset
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** The checks find what they are for, and nothing in what is well. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class AccessibilityTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private fun problems(content: @Composable () -> Unit): List<String> {
        compose.activityRule.scenario.onActivity { it.show(content) }
        compose.waitForIdle()
        return Accessibility(WholeScreen.of(compose), compose.density).problems()
    }

    private fun ComponentActivity.show(content: @Composable () -> Unit) =
        setContentView(
            androidx.compose.ui.platform.ComposeView(this).apply {
                setContent { Box(Modifier.background(Color.White)) { content() } }
            },
        )

    private fun finds(
        part: String,
        content: @Composable () -> Unit,
    ) {
        val found = problems(content)
        assertEquals("$found", 1, found.size)
        assertTrue("$found", part in found.single())
    }

    @Test
    fun `what is well is left alone`() {
        val found =
            problems {
                Column {
                    TextButton(onClick = {}) { Text("One", color = Color.Black) }
                    TextButton(onClick = {}, enabled = false) { Text("Two", color = Color.LightGray) }
                    Box(Modifier.size(48.dp).clickable {}.semantics { contentDescription = "Three" })
                }
            }
        assertEquals(emptyList<String>(), found)
    }

    @Test
    fun `something to touch without a name`() = finds("has no name") { Box(Modifier.size(48.dp).clickable {}) }

    @Test
    fun `two things at the same place`() =
        finds("at the same place") {
            Box {
                Box(Modifier.size(48.dp).clickable {}.semantics { contentDescription = "One" })
                Box(
                    Modifier
                        .offset(x = 30.dp)
                        .size(48.dp)
                        .clickable {}
                        .semantics { contentDescription = "Two" },
                )
            }
        }

    @Test
    fun `small things side by side`() =
        finds("at the same place") {
            Column {
                Box(Modifier.size(30.dp).clickable {}.semantics { contentDescription = "One" })
                Box(Modifier.size(30.dp).clickable {}.semantics { contentDescription = "Two" })
            }
        }

    @Test
    fun `a text that is hard to see`() = finds("has a contrast of") { Text("Pale", color = Color.LightGray) }

    @Test
    fun `a text that is cut off`() =
        finds("is cut off") {
            Box(Modifier.size(40.dp)) { Text("Much too long", color = Color.Black, maxLines = 1) }
        }

    @Test
    fun `a word broken by what is beside it`() =
        finds("breaks within “notify”") {
            Box(Modifier.width(40.dp)) { Text("notify again", color = Color.Black, fontSize = 20.sp) }
        }
}
