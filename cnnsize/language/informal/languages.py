"""Words of other languages, each under the English word that it is read as.

To add a language or a word, add it to the rows of ``TABLE``: phrases are separated by commas,
upper and lower case are one, and so are letters with and without accents. ``LAYER`` and ``OF`` are
dropped before the name of a layer, so that "capa de convolución" needs no row of its own.
"""

from __future__ import annotations

import unicodedata
from functools import cache

# zh Chinese, ja Japanese, ko Korean, pt Portuguese, es Spanish, ru Russian, de German, fr French
TABLE: dict[str, dict[str, str]] = {
    "CONV": {
        "zh": "卷积, 卷積, 卷积层, 卷積層, 卷积操作, 卷积运算",
        "ja": "畳み込み, 畳込み, たたみ込み, 畳み込み層, 畳込み層, コンボリューション",
        "ko": "합성곱, 합성곱층, 합성곱 계층, 컨볼루션, 컨볼루션층, 콘볼루션, 컨벌루션, 콘벌루션",
        "pt": "convolução, convoluções, convolucional",
        "es": "convolución, convoluciones, convolucional",
        "ru": "свёртка, свёртки, свёрток, свёрточный, свёрточные, сверточного",
        "de": "Faltung, Faltungen, Faltungsschicht, Faltungslayer",
        "fr": "convolutif, convolutive, convolutionnel, convolutionnelle, convolutionnelles",
    },
    "DWCONV": {
        "zh": "深度卷积, 深度可分离卷积, 逐深度卷积, 逐通道卷积",
        "ko": "깊이별 합성곱",
        "ru": "глубинная свёртка, поканальная свёртка",
    },
    "PWCONV": {"zh": "逐点卷积", "ru": "поточечная свёртка"},
    "DECONV": {
        "zh": "反卷积, 反卷积层, 转置卷积, 转置卷积层, 反卷積, 轉置卷積",
        "ja": "転置畳み込み, 転置畳み込み層, 逆畳み込み, 逆畳み込み層",
        "ko": "전치 합성곱, 전치합성곱, 역합성곱",
        "pt": "deconvolução, convolução transposta",
        "es": "deconvolución, convolución transpuesta",
        "ru": "транспонированная свёртка, обратная свёртка, деконволюция",
        "de": "Entfaltung, transponierte Faltung",
        "fr": "déconvolution, convolution transposée",
    },
    "POOL": {
        "zh": "池化, 池化层, 池化層, 汇聚, 汇聚层",
        "ja": "プーリング, プーリング層",
        "ko": "풀링, 풀링층, 풀링 계층",
        "pt": "agrupamento, subamostragem",
        "es": "agrupación, agrupamiento, submuestreo",
        "ru": "пулинг, пулинга, пуллинг, субдискретизация, подвыборка, субдискретизирующий",
        "de": "Poolingschicht, Bündelung",
        "fr": "regroupement, mise en commun, sous-échantillonnage",
    },
    "MAXPOOL": {
        "zh": "最大池化, 最大池化层, 最大值池化, 最大池化層, 最大汇聚",
        "ja": "最大プーリング, 最大値プーリング, マックスプーリング, 最大プーリング層, マックスプール",
        "ko": "맥스풀, 맥스풀링, 맥스 풀링, 최대 풀링, 최대풀링, 최댓값 풀링",
        "pt": "agrupamento máximo",
        "es": "agrupación máxima",
        "ru": "макс-пулинг, макспулинг, макс пулинг, максимальный пулинг, макс-пуллинг, макспул, максимизирующий пулинг",
        "de": "Maximum-Pooling",
        "fr": "max-regroupement",
    },
    "AVGPOOL": {
        "zh": "平均池化, 平均池化层, 均值池化, 平均汇聚",
        "ja": "平均プーリング, 平均値プーリング, 平均プーリング層",
        "ko": "평균 풀링, 평균풀링",
        "pt": "agrupamento médio, pooling médio",
        "es": "agrupación promedio, pooling promedio",
        "ru": "средний пулинг, усредняющий пулинг",
        "de": "Mittelwert-Pooling, Durchschnitts-Pooling",
        "fr": "pooling moyen",
    },
    "GAP": {
        "zh": "全局平均池化, 全局平均池化层, 全局池化, 全域平均池化",
        "ja": "グローバル平均プーリング, 大域平均プーリング, 全体平均プーリング",
        "ko": "전역 평균 풀링, 전역평균풀링, 글로벌 평균 풀링",
        "pt": "pooling médio global, média global",
        "es": "pooling promedio global, promedio global",
        "ru": "глобальный средний пулинг, глобальный пулинг, глобальное усреднение, глобальный усредняющий пулинг",
        "de": "globales Mittelwert-Pooling",
        "fr": "pooling moyen global, moyenne globale",
    },
    "GMP": {
        "zh": "全局最大池化, 全局最大池化层",
        "ja": "グローバル最大プーリング",
        "ko": "전역 최대 풀링",
        "ru": "глобальный макс-пулинг, глобальный максимальный пулинг",
    },
    "FC": {
        "zh": "全连接, 全连接层, 全連接, 全連接層, 线性层, 稠密层, 密集层",
        "ja": "全結合, 全結合層, 密結合, 線形層, アフィン層, アフィン",
        "ko": "완전연결, 완전연결층, 완전 연결, 완전 연결층, 전결합, 전결합층, 전결합 계층, 밀집층, 선형층",
        "pt": "totalmente conectada, totalmente conectado, completamente conectada, densa, densas, denso",
        "es": "totalmente conectada, completamente conectada, totalmente conectado, densa, densas, capa plenamente conectada",
        "ru": "полносвязный, полносвязная, полносвязные, полносвязного, линейный слой, плотный",
        "de": "vollverbunden, vollverbundene, vollständig verbunden, vollständig verbundene, vollvernetzte, voll verbundene, Vollverbindung",
        "fr": "entièrement connectée, entièrement connecté, complètement connectée, totalement connectée, pleinement connectée",
    },
    "LINEAR": {
        "zh": "线性",
        "ja": "線形",
        "ko": "선형",
        "ru": "линейный, линейная",
        "pt": "linear",
    },
    "RELU": {"ja": "レル, ランプ関数", "ko": "렐루", "ru": "релу"},
    "SIGMOID": {
        "zh": "西格莫德",
        "ja": "シグモイド",
        "ko": "시그모이드",
        "ru": "сигмоида",
        "es": "sigmoide",
        "fr": "sigmoïde",
    },
    "SOFTMAX": {"zh": "软最大", "ja": "ソフトマックス", "ko": "소프트맥스", "ru": "софтмакс"},
    "TANH": {
        "zh": "双曲正切",
        "ja": "双曲線正接",
        "ko": "하이퍼볼릭 탄젠트",
        "ru": "гиперболический тангенс",
    },
    "BATCHNORM": {
        "zh": "批归一化, 批归一化层, 批量归一化, 批标准化, 批量标准化, 批规范化, 批正規化, 批次正規化, 批次歸一化",
        "ja": "バッチ正規化, バッチ正規化層, バッチノーマライゼーション, バッチノルム",
        "ko": "배치 정규화, 배치정규화, 배치놈",
        "pt": "normalização em lote, normalização de lote, normalização por lote, normalização por lotes",
        "es": "normalización por lotes, normalización de lotes, normalización por lote",
        "ru": "батч-норм, батчнорм, батч норм, батч-нормализация, пакетная нормализация, нормализация по батчу",
        "de": "Batch-Normalisierung, Stapelnormalisierung",
        "fr": "normalisation par lots, normalisation par lot, normalisation de lot",
    },
    "LAYERNORM": {
        "zh": "层归一化, 层标准化",
        "ja": "レイヤー正規化, 層正規化",
        "ko": "레이어 정규화, 층 정규화",
    },
    "NORMALIZATION": {
        "zh": "归一化, 标准化, 规范化, 歸一化, 归一化层",
        "ja": "正規化, 正規化層",
        "ko": "정규화, 정규화층",
        "pt": "normalização",
        "es": "normalización",
        "ru": "нормализация",
        "de": "Normalisierung",
        "fr": "normalisation",
    },
    "DROPOUT": {
        "zh": "丢弃, 丢弃层, 随机失活, 随机丢弃, 暂退法, 丟棄",
        "ja": "ドロップアウト, ドロップアウト層",
        "ko": "드롭아웃, 드랍아웃, 드롭아웃층",
        "pt": "abandono",
        "es": "abandono",
        "ru": "дропаут, прореживание",
        "fr": "abandon",
    },
    "FLATTEN": {
        "zh": "展平, 展平层, 扁平化, 扁平化层, 拉平, 拉直, 压平, 平铺, 展开",
        "ja": "平坦化, 平坦化層, フラット化, フラッテン, 一次元化",
        "ko": "평탄화, 평탄화층, 펼치기, 전개, 플래튼",
        "pt": "achatamento, achatar, aplainamento",
        "es": "aplanamiento, aplanar, aplanado, aplanada",
        "ru": "выпрямление, выравнивание, развёртка, разворачивание, уплощение",
        "de": "Abflachen, Abflachung, Flachlegen, Flattening",
        "fr": "aplatissement, aplatir, mise à plat",
    },
    "UPSAMPLE": {
        "zh": "上采样, 上采样层, 上取样",
        "ja": "アップサンプリング, アップサンプル",
        "ko": "업샘플링, 업샘플",
        "pt": "superamostragem, reamostragem",
        "es": "sobremuestreo",
        "ru": "апсемплинг, апсэмплинг, повышение разрешения",
        "de": "Hochskalierung, Überabtastung",
        "fr": "suréchantillonnage",
    },
    "INPUT": {
        "zh": "输入, 输入层, 輸入, 輸入層, 输入图像, 输入图片, 图像输入, 输入数据",
        "ja": "入力, 入力層, 入力画像",
        "ko": "입력, 입력층, 입력 이미지",
        "pt": "entrada, imagem de entrada",
        "es": "entrada, imagen de entrada",
        "ru": "вход, входной, входное изображение, входные данные, вход сети",
        "de": "Eingabe, Eingang, Eingabeschicht, Eingabebild, Eingangsbild",
        "fr": "entrée, image d'entrée, entrées",
    },
    "OUTPUT": {
        "zh": "输出, 输出层, 輸出, 輸出層",
        "ja": "出力, 出力層",
        "ko": "출력, 출력층",
        "pt": "saída",
        "es": "salida",
        "ru": "выход, выходной",
        "de": "Ausgabe, Ausgang, Ausgabeschicht",
        "fr": "sortie",
    },
    "IMAGE": {
        "zh": "图像, 图片, 影像",
        "ja": "画像",
        "ko": "이미지",
        "pt": "imagem",
        "es": "imagen",
        "ru": "изображение, картинка",
        "de": "Bild",
    },
    "ACTIVATION": {
        "zh": "激活, 激活函数, 激活层, 激活函数层, 激勵函數",
        "ja": "活性化, 活性化関数, 活性化層",
        "ko": "활성화, 활성화 함수, 활성화함수",
        "pt": "ativação, função de ativação",
        "es": "activación, función de activación",
        "ru": "активация, функция активации",
        "de": "Aktivierung, Aktivierungsfunktion",
        "fr": "fonction d'activation",
    },
    "ATTENTION": {
        "zh": "注意力, 自注意力, 注意力机制, 注意力层",
        "ja": "注意機構, アテンション, 自己注意",
        "ko": "어텐션, 주의",
        "pt": "atenção",
        "es": "atención",
        "ru": "внимание, самовнимание",
        "de": "Aufmerksamkeit",
    },
    "RESIDUAL": {
        "zh": "残差, 残差块, 残差连接",
        "ja": "残差, 残差ブロック",
        "ko": "잔차, 잔차 블록",
        "ru": "остаточный блок",
    },
    "LAYER": {
        "zh": "层, 層",
        "ja": "層, レイヤー",
        "ko": "층, 계층, 레이어",
        "pt": "camada, camadas",
        "es": "capa, capas",
        "ru": "слой, слои, слоя",
        "de": "Schicht, Schichten",
        "fr": "couche, couches",
    },
    "BLOCK": {
        "zh": "块, 模块",
        "ja": "ブロック",
        "ko": "블록",
        "pt": "bloco",
        "es": "bloque",
        "ru": "блок",
        "fr": "bloc",
    },
    "OF": {"pt": "de, do, da", "es": "de, del", "fr": "de, d', du, des"},
    "FILTERS": {
        "zh": "滤波器, 个滤波器, 卷积核, 个卷积核, 通道, 个通道, 过滤器",
        "ja": "フィルタ, フィルター, チャネル, チャンネル, 枚",
        "ko": "필터, 채널, 개 필터",
        "pt": "filtros, canais",
        "es": "filtros, canales",
        "ru": "фильтр, фильтра, фильтров, фильтры, канал, канала, каналов, ядер",
        "de": "Kanäle, Filtern",
        "fr": "filtres, canaux",
    },
    "UNITS": {
        "zh": "神经元, 个神经元, 单元, 个单元, 维",
        "ja": "ニューロン, ユニット, 個, 次元",
        "ko": "뉴런, 유닛, 개 뉴런",
        "pt": "neurônios, neurónios, unidades",
        "es": "neuronas, unidades",
        "ru": "нейрон, нейрона, нейронов",
        "de": "Neuronen, Einheiten",
        "fr": "neurones, unités",
    },
    "CLASSES": {
        "zh": "类, 类别, 个类别",
        "ja": "クラス",
        "ko": "클래스",
        "es": "clases",
        "ru": "класс, класса, классов",
        "de": "Klassen",
    },
    "KERNEL": {
        "zh": "核, 核大小, 卷积核大小",
        "ja": "カーネル",
        "ko": "커널",
        "es": "núcleo",
        "pt": "núcleo",
        "ru": "ядро, ядром",
        "fr": "noyau",
    },
    "STRIDE": {
        "zh": "步长, 步幅, 步長",
        "ja": "ストライド",
        "ko": "스트라이드, 보폭",
        "pt": "passo",
        "es": "paso",
        "ru": "шаг, шагом, страйд",
        "de": "Schrittweite",
        "fr": "pas",
    },
    "PADDING": {
        "zh": "填充, 补零, 零填充",
        "ja": "パディング, ゼロパディング",
        "ko": "패딩",
        "pt": "preenchimento",
        "es": "relleno",
        "ru": "паддинг, отступ, дополнение",
        "de": "Auffüllung",
        "fr": "remplissage",
    },
}
# characters of Chinese, Japanese and Korean, which have no spaces around words of other scripts
CJK = "぀-ヿ㐀-鿿가-힯々"
MAX_PHRASE = 4  # words


def plain(word: str) -> str:
    """Return a word as a key of the table: lower case, without accents."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not is_accent(c)))


def is_accent(character: str) -> bool:
    """Return whether a character is an accent of the letter before it; kana keep their marks."""
    return unicodedata.combining(character) != 0 and not "\u3099" <= character <= "\u309a"


@cache
def phrases() -> dict[str, str]:
    """Return every phrase of the table, its words joined by a space -> the English word."""
    return {
        " ".join(map(plain, phrase.replace("-", " ").replace("'", " ").split())): english
        for english, rows in TABLE.items()
        for row in rows.values()
        for phrase in row.split(",")
    }
