/** Text on its own: spelling hints, percent-encoding. Ground floor: this package knows no other of ours. */
package karamon.text;
