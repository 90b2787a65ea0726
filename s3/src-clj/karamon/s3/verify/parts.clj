(ns karamon.s3.verify.parts
  "Compares a source with an object in parts: by its ETag, or by its composite checksum if the ETag may not be computed from the
  bytes. Both need the sizes of the parts. If S3 doesn't return them, tries likely sizes; then only a match is a proof."
  (:require
   [clojure.string :as str]
   [karamon.etag :as etag]
   [karamon.s3.verify.checksum :as checksum]
   [karamon.s3.verify.kind :as kind]
   [karamon.s3.verify.layout :as layout]
   [karamon.s3.verify.verdict :as verdict])
  (:import
   (karamon.etag Limits)))

(set! *warn-on-reflection* true)

(defn- composite-of
  "Returns the source's composite checksum in Base64, without the number of parts."
  [{{:keys [algorithm]} :composite} hashes]
  (some-> (get-in hashes [:checksums algorithm]) (str/replace #"-\d+$" "")))

(defn- alike
  "Returns the verdict if one of the hashed layouts matches, or nil."
  [{:keys [kind composite] :as asked} from {:keys [etags]}]
  (some (fn [{:keys [parts] :as hashes}]
          (let [how (assoc (select-keys hashes [:part-size :parts]) :layout-from from)]
            (cond
              (= (:etag kind) (:etag hashes))
              (verdict/match asked :multipart-etag (str "the ETag of " parts " parts is the same") how)
              (and composite (= (:value composite) (composite-of asked hashes)))
              (verdict/match asked :composite-checksum
                (str "the " (verdict/shown (:algorithm composite)) " of " parts " parts is the same")
                (assoc how :algorithm (:algorithm composite))))))
        etags))

(defn- hashed [{:keys [composite] :as asked} from layouts]
  (let [found (verdict/hashed asked layouts (some-> composite :algorithm list))]
    (assoc found :verdict (or (:verdict found) (alike asked from found)))))

(defn- unlike
  "Returns the verdict if the hashes with the real parts differ."
  [{:keys [kind composite] :as asked} from {[hashes] :etags}]
  (if-let [{:keys [algorithm value]} composite]
    (verdict/differs asked :composite-checksum
      (str "the " (verdict/shown algorithm) " of the parts is " (composite-of asked hashes) " of the source and " value " of the object")
      {:algorithm algorithm, :layout-from from})
    (verdict/differs asked :multipart-etag
      (str "cut into the object's parts, the source has the ETag " (:etag hashes) ", and the object " (:etag kind))
      {:layout-from from})))

(defn- decisive?
  "Returns whether the object has a hash that is surely computed from its bytes."
  [{:keys [kind composite]}]
  (or (:computable kind) composite))

(defn- hidden [{:keys [kind] :as asked}]
  (verdict/inconclusive asked (:reason kind) (str "no hash matches, which proves nothing: " (:why kind))))

(defn- layout-of [{:keys [client head options composite once?]} parts exact?]
  (layout/layout client head parts
    {:exact      (or exact? (and once? (< 1 parts)))
     ;; S3 lists the parts of objects with a composite checksum.
     :attributes (some? (or composite (:no-checksums? head) (checksum/composite head)))
     :access     (kind/allowed options)}))

(defn- by-layout [asked {:keys [sizes from certain]}]
  (let [found (hashed asked from [sizes])]
    (cond
      (:verdict found)        (:verdict found)
      (not (decisive? asked)) (hidden asked)
      certain                 (unlike asked from found)
      :else
      (let [exact (layout-of asked (count sizes) true)]
        (cond
          (nil? (:sizes exact))    (verdict/inconclusive asked (:reason exact) (:why exact))
          (= sizes (:sizes exact)) (unlike asked from found)
          :else                    (by-layout asked exact))))))

(defn- by-likely-sizes [{:keys [head once?] :as asked} parts]
  (let [any-etag (str (apply str (repeat 32 "0")) "-" parts)
        likely   (when (<= parts Limits/MAX_PARTS) (:likely (etag/infer any-etag (:size head))))
        ;; The likeliest first: it usually matches, and trying one costs as much as trying all the others.
        passes   (remove empty? (if once? [likely] (split-at 1 likely)))]
    (or (some #(:verdict (hashed asked :inferred (vec %))) passes)
        (if (decisive? asked)
          (verdict/inconclusive asked :layout-unknown
            (str "S3 doesn't return the sizes of the " parts " parts, and no likely one matches (" (count likely) " were tried)"))
          (hidden asked)))))

(defn verify
  "Returns the verdict on a source and an object in `parts` parts."
  [asked parts]
  (let [layout (layout-of asked parts false)]
    (if (:sizes layout)
      (by-layout asked layout)
      (by-likely-sizes asked parts))))
