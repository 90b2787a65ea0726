package karamon.ring;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Principal;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.Set;

/**
 * The certificate that a client sent for mutual TLS. It is parsed on first use, since parsing loads many classes and few
 * handlers use the certificate. Safe for many threads.
 */
public final class ClientCertificate extends X509Certificate {
    private static final long serialVersionUID = 1L;

    private final String pem;
    private transient volatile X509Certificate read;

    /**
     * Makes a certificate from an event of API Gateway.
     *
     * @param pem the certificate, or a chain that begins with it
     */
    public ClientCertificate(String pem) {
        this.pem = pem;
    }

    // Several threads may parse it at once: the results are equal.
    private X509Certificate read() {
        X509Certificate certificate = read;
        if (certificate == null) {
            try {
                certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
            } catch (CertificateException e) {
                throw new IllegalStateException("The event's clientCertPem isn't a certificate: " + e.getMessage(), e);
            }
            read = certificate;
        }
        return certificate;
    }

    @Override
    public void checkValidity() throws CertificateExpiredException, CertificateNotYetValidException {
        read().checkValidity();
    }

    @Override
    public void checkValidity(Date date) throws CertificateExpiredException, CertificateNotYetValidException {
        read().checkValidity(date);
    }

    @Override
    public void verify(PublicKey key)
            throws CertificateException, NoSuchAlgorithmException, InvalidKeyException, NoSuchProviderException, SignatureException {
        read().verify(key);
    }

    @Override
    public void verify(PublicKey key, String provider)
            throws CertificateException, NoSuchAlgorithmException, InvalidKeyException, NoSuchProviderException, SignatureException {
        read().verify(key, provider);
    }

    @Override
    public byte[] getEncoded() throws CertificateEncodingException {
        return read().getEncoded();
    }

    @Override
    public byte[] getTBSCertificate() throws CertificateEncodingException {
        return read().getTBSCertificate();
    }

    @Override
    public Set<String> getCriticalExtensionOIDs() {
        return read().getCriticalExtensionOIDs();
    }

    @Override
    public Set<String> getNonCriticalExtensionOIDs() {
        return read().getNonCriticalExtensionOIDs();
    }

    @Override
    public byte[] getExtensionValue(String oid) {
        return read().getExtensionValue(oid);
    }

    @Override
    public boolean hasUnsupportedCriticalExtension() {
        return read().hasUnsupportedCriticalExtension();
    }

    @Override
    public int getVersion() {
        return read().getVersion();
    }

    @Override
    public BigInteger getSerialNumber() {
        return read().getSerialNumber();
    }

    @Override
    @SuppressWarnings("deprecation")
    public Principal getIssuerDN() {
        return read().getIssuerDN();
    }

    @Override
    @SuppressWarnings("deprecation")
    public Principal getSubjectDN() {
        return read().getSubjectDN();
    }

    @Override
    public Date getNotBefore() {
        return read().getNotBefore();
    }

    @Override
    public Date getNotAfter() {
        return read().getNotAfter();
    }

    @Override
    public byte[] getSignature() {
        return read().getSignature();
    }

    @Override
    public String getSigAlgName() {
        return read().getSigAlgName();
    }

    @Override
    public String getSigAlgOID() {
        return read().getSigAlgOID();
    }

    @Override
    public byte[] getSigAlgParams() {
        return read().getSigAlgParams();
    }

    @Override
    public boolean[] getIssuerUniqueID() {
        return read().getIssuerUniqueID();
    }

    @Override
    public boolean[] getSubjectUniqueID() {
        return read().getSubjectUniqueID();
    }

    @Override
    public boolean[] getKeyUsage() {
        return read().getKeyUsage();
    }

    @Override
    public int getBasicConstraints() {
        return read().getBasicConstraints();
    }

    @Override
    public PublicKey getPublicKey() {
        return read().getPublicKey();
    }

    @Override
    public String toString() {
        return read().toString();
    }
}
