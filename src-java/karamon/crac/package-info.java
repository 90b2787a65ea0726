/**
 * The registry of snapshot hooks on Karamon's own runtime. {@code org.crac} uses it when the system property
 * {@code org.crac.Core.Compat} names this package, which must then have these five types. On managed runtimes AWS's client has
 * such a package.
 *
 * @see <a href="https://github.com/CRaC/org.crac">org.crac</a>
 */
package karamon.crac;
