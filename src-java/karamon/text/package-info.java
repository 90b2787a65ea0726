/**
 * Text: any value and any exception printed within bounds, spelling hints, checks of option maps, percent-encoding. Depends on no
 * other package of Karamon.
 */
package karamon.text;
