package app.gasket.ui

import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isSelectable
import androidx.compose.ui.test.junit4.ComposeTestRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo

/** How long a screen may take to show something, on a machine that is busy. */
internal const val SHOWN_WITHIN_MS = 20_000L

/** Until something says [text] among more. */
internal fun ComposeTestRule.await(text: String) =
    waitUntil(SHOWN_WITHIN_MS) { onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }

/** The first that says [text] among more, once it is there. */
internal fun ComposeTestRule.touch(text: String) {
    await(text)
    val node = onAllNodesWithText(text, substring = true)[0]
    runCatching { node.performScrollTo() }
    node.performClick()
}

/** To one of the screens. */
internal fun ComposeTestRule.go(screen: String) =
    onNode(isSelectable() and (hasText(screen) or hasContentDescription(screen))).performClick()
