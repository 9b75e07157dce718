# Halaman utama, pencarian, ukuran tulisan.
home-title = Beranda
home-intro = Selamat bekerja, { $x }. Inilah yang menunggu, dan apa yang sudah terjadi.
home-waiting = Yang menunggu
home-nothing = Tidak ada yang menunggu Anda.
home-open = indikasi menunggu keputusan
home-oldest = yang tertua masuk { $x }
home-overdue = { $x } sudah lewat tenggat
home-due-soon = { $x } jatuh tempo dalam sehari
home-mine = indikasi Anda pegang
home-referred = { $x } diteruskan kepada Anda
home-asked = klarifikasi belum dijawab
home-unsent = { $x } suratnya belum dikirim
home-asked-late = { $x } sudah lewat tenggat
home-objections = keberatan menunggu penyelesaian
home-accounts = akun menunggu persetujuan orang kedua
home-declarations = pernyataan menunggu
home-tips = informasi awal menunggu
home-sources = sumber bermasalah
home-users = usulan tentang pengguna menunggu orang kedua
home-keywords = kata kunci melampaui batas hariannya
home-figures = Tiga puluh hari terakhir
home-by-clause = Indikasi per hari menurut huruf edaran
home-by-stage = Indikasi per hari menurut tahapan
home-stage = Tahapan
home-ages = Sudah berapa lama indikasi menunggu
home-ages-none = Tidak ada indikasi yang menunggu.
home-age-day = kurang dari sehari
home-age-three = 1 sampai 3 hari
home-age-week = 3 sampai 7 hari
home-age-fortnight = 7 sampai 14 hari
home-age-longer = 14 hari atau lebih
home-endings = Hasil indikasi yang selesai dalam 90 hari
home-endings-none = Belum ada indikasi yang selesai.
chart-few = kurang dari 5
chart-note = Angka di bawah lima tidak disebutkan, agar tidak ada orang yang dapat dikenali darinya. Grafik dihitung ulang paling cepat setiap lima menit.
chart-empty = Tidak ada indikasi dalam waktu ini.
chart-as-table = Angkanya ada dalam tabel di bawah grafik.
chart-table = Angka sebagai tabel
chart-day = Hari
search-title = Cari
search-text = Kata dalam unggahan, atau nomor indikasi
search-do = Cari
search-intro-hits = Indikasi dicari menurut kata-kata unggahannya. Unggahan tanpa indikasi tidak dapat dicari. Setiap pencarian dicatat dalam buku audit.
search-intro-all = Indikasi dicari menurut kata-kata unggahannya, orang menurut nama, NIP, kode atau nama akun. Unggahan tanpa indikasi tidak dapat dicari. Setiap pencarian dicatat dalam buku audit.
search-hits = Indikasi
search-persons = Orang dalam register
search-found-hits = { $n ->
    [0] Tidak ada indikasi.
   *[other] { $x } indikasi.
}
search-found-persons = { $n ->
    [0] Tidak ada orang.
   *[other] { $x } orang.
}
search-state-open = menunggu
search-state-asked = diklarifikasi
search-state-closed = selesai
size-label = Ukuran tulisan
size-biasa = biasa
size-besar = besar
size-terbesar = terbesar
ledger-search-done = Pencarian
ledger-clock-ahead = Jam server melompat maju
ledger-clock-back = Jam server dimundurkan
