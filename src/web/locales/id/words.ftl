# Words for values of the database.
verb-post = Unggahan
verb-comment = Komentar
verb-share = Membagikan
verb-like = Menyukai
verb-follow = Mengikuti
verb-join = Bergabung

kind-candidate = nama calon
kind-party = partai
kind-symbol = simbol
kind-hashtag = tagar
kind-slogan = slogan
kind-account = akun pemenangan
kind-gesture = gestur
kind-number = nomor urut
kind-cue = kata sikap
kind-allow = pengecualian

stance-support = mendukung
stance-oppose = menentang
stance-neutral = sikap tidak terbaca

outcome-bukan-dugaan = Bukan dugaan
outcome-bukan-dugaan-help = Tidak melanggar edaran; ditutup dan dihapus setelah masa simpan.
outcome-perlu-klarifikasi = Perlu klarifikasi
outcome-perlu-klarifikasi-help = Belum dapat dinilai tanpa bertanya kepada yang bersangkutan.
outcome-dugaan = Dugaan
outcome-dugaan-help = Patut diduga melanggar satu huruf edaran; menunggu penilai kedua.

reason-makna-lain = Kata sehari-hari, atau orang dan benda lain
reason-informasi-berita = Berita, informasi atau pengumuman resmi
reason-tugas-resmi = Tugas resmi, izin atau surat tugas
reason-kritik-layanan = Kritik layanan atau kebijakan
reason-bukan-akunnya = Bukan akun atau perbuatan orang itu
reason-di-luar-lingkup = Di luar waktu atau pemilihan edaran
reason-maksud-tidak-jelas = Maksudnya tidak dapat dibaca
reason-pelaku-tidak-jelas = Pelakunya tidak jelas (diretas, keluarga, salah sentuh)
reason-bukti-kurang = Bukti kurang (gambar, konteks atau sasaran)
reason-dukungan = Mengajak memilih atau memuji peserta
reason-serangan = Menyerang peserta
reason-materi-kampanye = Menyebarkan materi kampanye
reason-foto-simbol = Foto dengan calon, simbol, atribut atau gestur
reason-akun-pemenangan = Mengikuti, menyukai atau bergabung di akun pemenangan

role-operator = Operator
role-operator-help = Anda menjalankan layanan dan mendaftarkan akun. Anda dapat membaca antrean, tetapi tidak memutus.
role-reviewer = Peninjau
role-reviewer-help = Anda mengambil indikasi dari antrean, menelaahnya dan memutus.
role-verifier = Verifikator
role-verifier-help = Anda menilai sebagai orang kedua, tanpa mengetahui putusan orang pertama.
role-keyword-admin = Pengelola kata kunci
role-keyword-admin-help = Anda memperbarui daftar kata kunci dan mengujinya di halaman coba teks. Anda tidak melihat unggahan pegawai.
role-unit-head = Kepala unit
role-unit-head-help = Hasil telaah unit Anda tampil setelah penelaahan selesai.
role-auditor = Auditor
role-auditor-help = Anda membaca semuanya dan tidak mengubah apa pun. Setiap pembukaan tercatat.
role-lead = Ketua
role-lead-help = Anda menelaah, memutus, dan menyelesaikan perbedaan pendapat.
role-user-admin = Administrator pengguna

status-kades = Kepala desa
status-perangkat-desa = Perangkat desa

platform-feed = Situs (umpan)

stage-outside = di luar tahapan
stage-undated = tanpa tanggal

strength-high = Indikasi kuat
strength-middle = Indikasi sedang
strength-low = Indikasi lemah
strength-background = Latar

ago-now = baru saja
ago-minutes = { $x } menit lalu
ago-hours = { $x } jam lalu
ago-days = { $x } hari lalu

field-text = Teks
field-target-text = Teks unggahan sasaran
field-target-handle = Akun sasaran
field-hashtag = Tagar { $x }
field-mention = Sebutan { $x }
field-alt = Teks alternatif gambar { $x }
field-ocr = Tulisan pada gambar { $x }

target-post = Unggahan
target-account = Akun
target-group = Grup
target-other = Sasaran
