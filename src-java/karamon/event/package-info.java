/**
 * The events that aren't HTTP, as data: which service sent one, and which of its names are AWS's own. What each service
 * sends comes from AWS's developer guides; {@code docs/events.md} tells the rule for names in full.
 */
package karamon.event;
