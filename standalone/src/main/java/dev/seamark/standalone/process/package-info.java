/**
 * Child processes of the standalone command: started, watched, restarted, and never left behind.
 */
@NullMarked
package dev.seamark.standalone.process;

import org.jspecify.annotations.NullMarked;
